# SPDX-License-Identifier: Apache-2.0
"""A run that goes on where it was interrupted."""

import contextlib
import dataclasses
import json
import os

from millrace import _core
from millrace._paths import path_of
from millrace.errors import DataError, UnsupportedError, UsageError
from millrace.keras._operation import names_arguments
from millrace.keras.callbacks._callback import Callback


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a run begins or goes on: its finished epochs, counted from initial_epoch, the finished steps of the next epoch, and the seed and the
    optimizer's iterations with which it began. resumes: whether there is a checkpoint."""

    seed: int
    iterations: int
    epoch: int = 0
    step: int = 0
    resumes: bool = False


class BackupAndRestore(Callback):
    """Goes on with a fit() that was interrupted: the same program, started again, trains the epochs that are missing, and ends with the weights of a run
    in one go, bit for bit.

    backup_dir: a folder for this run alone, which is made. Its checkpoint has the weights, the state of the optimizer and the place in the run. It is
    written after epochs, in at most a twentieth of the time, and before an exception or Ctrl-C leaves fit(). delete_checkpoint: whether it is removed
    when the run has ended. double_checkpoint changes nothing, because a checkpoint is replaced as a whole. Other callbacks begin anew, as in Keras.
    """

    writes_files = True

    @names_arguments
    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        super().__init__()
        self.backup_dir = path_of("BackupAndRestore", backup_dir, "backup_dir", "the name of a folder")
        if save_freq != "epoch":
            raise UnsupportedError(f"[BackupAndRestore] save_freq={save_freq!r} is not supported, expected 'epoch'; an exception or Ctrl-C within an epoch saves "
                                   "its steps, too")
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._folder = os.path.abspath(self.backup_dir)  # the same if the program changes to another folder

    @property
    def checkpoint(self):
        """The path of the engine's checkpoint."""
        return os.path.join(self._folder, "backup.safetensors")

    @property
    def _about(self):
        return os.path.join(self._folder, "backup.json")

    def begin(self, initial_epoch, seed, iterations):
        """The Place where a run of these arguments begins or goes on. Raises UsageError for the backup of another one."""
        if not os.path.exists(self.checkpoint):
            os.makedirs(self._folder, exist_ok=True)
            _core.write_file(self._about, [json.dumps({"initial_epoch": initial_epoch, "seed": seed, "iterations": iterations}).encode()])
            return Place(seed, iterations)
        told = self._told()
        if told["initial_epoch"] != initial_epoch:
            raise UsageError(f"[BackupAndRestore] '{self.backup_dir}' has a run with initial_epoch={told['initial_epoch']}, expected it again, not {initial_epoch}: "
                             "remove the folder, and the run begins anew")
        run = _core.read_checkpoint_run(self.checkpoint)
        return Place(told["seed"], told["iterations"], run["epoch"], run["step"], resumes=True)

    def _told(self):
        try:
            with open(self._about, encoding="utf-8") as file:
                told = json.load(file)
            return {name: int(told[name]) for name in ("initial_epoch", "seed", "iterations")}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise DataError(f"[BackupAndRestore] '{self._about}' cannot be read ({error}), expected the file that belongs to backup.safetensors: remove the "
                            "folder, and the run begins anew") from None

    def on_train_end(self, logs=None):
        if not self.delete_checkpoint:
            return
        for path in (self.checkpoint, self._about):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        with contextlib.suppress(OSError):  # there are files of others in it
            os.rmdir(self._folder)
