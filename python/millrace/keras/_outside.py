# SPDX-License-Identifier: Apache-2.0
"""A model as others see it: printed, drawn, as a configuration, and in files."""

from millrace._output import say
from millrace.errors import UnsupportedError
from millrace.keras._summary import summary


class Outside:
    """What Sequential and functional models share for that."""

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False, layer_range=None) -> None:
        """Prints the layers, their output shapes and numbers of parameters."""
        for name, value in (("positions", positions), ("expand_nested", expand_nested), ("show_trainable", show_trainable),
                            ("layer_range", layer_range)):
            if value:
                raise UnsupportedError(f"[summary] {name} is not supported: leave it out")
        (print_fn or say)(summary(self, line_length))

    def _repr_html_(self):
        from millrace.keras import _html

        return _html.model(self)

    # --- configurations
    is_sequence = False

    def get_config(self):
        """The layers as Keras's configuration, without weights."""
        from millrace.keras import _config

        return _config.model_config(self)["config"]

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model with fresh weights from get_config()."""
        from millrace.keras import _config

        return _config.model_from_config({"class_name": "Sequential" if cls.is_sequence else "Functional", "config": config})

    def get_compile_config(self):
        """What compile() got, as Keras's configuration."""
        from millrace.keras import _config

        return _config.compile_config(self)

    def compile_from_config(self, config):
        """compile() with the words of get_compile_config()."""
        from millrace.keras import _config

        _config.compile_from_config(self, config)

    def to_json(self, **options) -> str:
        """The model without weights as JSON, which models.model_from_json() and Keras read. options: those of json.dumps."""
        import json

        from millrace.keras import _config

        return json.dumps(_config.model_config(self), **options)

    # --- files
    def save(self, filepath, overwrite=True, zipped=None, **more) -> None:
        """Writes the model to an .onnx file, which load_model() and ONNX Runtime read, or to a .keras file, which Keras reads."""
        from millrace.keras import saving

        saving.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **more)

    def export(self, filepath, format="onnx", **more):
        """Writes the model to an .onnx file."""
        if format != "onnx" or more:
            raise UnsupportedError(f"[export] format={format!r}{', ' + ', '.join(more) if more else ''} is not supported, expected format='onnx'")
        self.save(filepath)

    def save_weights(self, filepath, overwrite=True, **more):
        """Writes the weights to an .npz or a .weights.h5 file."""
        from millrace.keras import saving

        saving.save_weights(self, filepath, overwrite=overwrite, **more)

    def load_weights(self, filepath, **more):
        """Reads weights that save_weights() has written."""
        from millrace.keras import saving

        saving.load_weights(self, filepath, **more)
