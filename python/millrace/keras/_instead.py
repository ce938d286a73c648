# SPDX-License-Identifier: Apache-2.0
"""What to use in the place of names that users of Keras look for most: {(module, name): words}. Some are of older versions of Keras."""

_SEQUENCES = "millrace trains dense, convolutional and embedding networks; give Dense windows of the last steps as columns"
_FOLDERS = "read the images as an array (rows, height, width, channels), and pass it, or an iterable of batches, to fit()"
_OWN = "compute it with NumPy from model.predict(x)"
_CLASSES = "(model.predict(x) > 0.5).astype(int) of one output, or model.predict(x).argmax(axis=1) of several, gives classes"
_OLD = "the classes of millrace.keras.optimizers have the same names and the options of Keras 3"

INSTEAD = {
    **{("optimizer", name): "the engine makes the steps: train with fit() or train_on_batch()" for name in ("apply_gradients", "apply", "minimize", "build")},
    ("optimizer", "variables"): "the engine keeps the optimizer's moments, and no file holds them; learning_rate and iterations can be read",
    **{("layers", name): _SEQUENCES for name in ("LSTM", "GRU", "SimpleRNN", "RNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", "Bidirectional",
                                                 "TimeDistributed", "CuDNNLSTM", "CuDNNGRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")},
    ("backend", "set_value"): "set model.optimizer.learning_rate, or a variable with its assign()",
    ("backend", "get_value"): "float(model.optimizer.learning_rate) is the rate, and numpy() of a variable its values",
    **{("losses", name): "train on numpy.log1p(y) with the loss 'mse'" for name in ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", "msle", "MSLE")},
    **{("losses", name): "use 'mae', on numpy.log(y) for errors in percent" for name in ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", "mape", "MAPE")},
    **{("metrics", name): "model.confusion(x, y) counts rows by actual and predicted class" for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")},
    **{("metrics", name): _OWN for name in ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", "mape", "MAPE", "MeanSquaredLogarithmicError",
                                            "mean_squared_logarithmic_error", "msle", "MSLE", "CosineSimilarity", "cosine_similarity")},
    ("metrics", "Accuracy"): "metrics=['accuracy'] compares classes, as fits the output",
    **{("layers", name): "use Dropout, or add noise to the rows in a generator of batches" for name in ("GaussianNoise", "GaussianDropout", "AlphaDropout")},
    **{("layers", name): "change the images in a generator of batches for fit()" for name in (
        "RandomFlip", "RandomRotation", "RandomZoom", "RandomCrop", "RandomContrast", "RandomBrightness", "RandomTranslation")},
    ("layers", "Conv1D"): "use Reshape((steps, 1, channels)) and Conv2D with a kernel (k, 1)",
    ("layers", "MaxPooling1D"): "use Reshape((steps, 1, channels)) and MaxPooling2D((k, 1))",
    ("layers", "AveragePooling1D"): "use Reshape((steps, 1, channels)) and AveragePooling2D((k, 1))",
    ("layers", "GlobalAveragePooling1D"): "use Reshape((steps, 1, channels)) and GlobalAveragePooling2D()",
    ("layers", "GlobalMaxPooling1D"): "use Reshape((steps, 1, channels)) and GlobalMaxPooling2D()",
    ("layers", "ActivityRegularization"): "penalise weights with kernel_regularizer",
    ("layers", "Lambda"): "compute with NumPy before fit(), or use the layers Add, Multiply, Rescaling by Normalization(mean=..., variance=...)",
    ("layers", "Rescaling"): "use Normalization(mean=..., variance=...), or scale the array before fit()",
    ("layers", "TextVectorization"): "use StringLookup for words, or a vectorizer of scikit-learn before fit()",
    ("layers", "experimental"): "its layers are in millrace.keras.layers itself",
    ("keras", "datasets"): "pass arrays of your own, or read a file: numpy.load('mnist.npz'), millrace.read_table('data.csv')",
    ("keras", "preprocessing"): _FOLDERS,
    ("keras", "applications"): "millrace has no trained networks; load_model() reads .keras and .h5 files of the layers that it has",
    ("keras", "ops"): "fit() and predict() take NumPy's arrays and return them; compute with NumPy",
    ("keras", "random"): "use millrace.keras.utils.set_random_seed(seed), and NumPy's generators",
    ("keras", "wrappers"): "use the estimators of millrace.sklearn",
    ("keras", "config"): "use millrace.keras.backend and millrace.keras.mixed_precision",
    ("keras", "experimental"): "use the modules of Keras 3",
    ("optimizers", "legacy"): _OLD,
    ("optimizers", "experimental"): _OLD,
    ("utils", "plot_model"): "model.summary() prints the layers, and a notebook draws a model that stands alone in a cell",
    ("utils", "model_to_dot"): "model.summary() prints the layers, and a notebook draws a model that stands alone in a cell",
    ("utils", "np_utils"): "its functions are in millrace.keras.utils itself",
    ("utils", "image_dataset_from_directory"): _FOLDERS,
    ("utils", "get_file"): "download the file yourself",
    ("utils", "pad_sequences"): "pad the rows to one length with NumPy",
    ("Model", "predict_classes"): _CLASSES,
    ("Model", "predict_proba"): "predict() returns probabilities if the last activation is sigmoid or softmax",
    ("Model", "fit_generator"): "fit() takes generators",
    ("Model", "evaluate_generator"): "evaluate() takes generators",
    ("Model", "predict_generator"): "predict() takes generators",
}
