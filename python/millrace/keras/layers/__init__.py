# SPDX-License-Identifier: Apache-2.0
"""Layers, with Keras's names, options and defaults."""

from millrace.keras._operation import unknown_name
from millrace.keras.layers._activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from millrace.keras.layers._categories import CategoryEncoding, Discretization, Hashing, IntegerLookup, StringLookup
from millrace.keras.layers._core import Add, Concatenate, Dense, Dropout, Embedding, Flatten, Reshape, add, concatenate
from millrace.keras.layers._image import (AveragePooling2D, AvgPool2D, Conv2D, Convolution2D, GlobalAveragePooling2D, GlobalAvgPool2D,
                                          GlobalMaxPool2D, GlobalMaxPooling2D, MaxPool2D, MaxPooling2D)
from millrace.keras.layers._layer import Input, InputLayer, Layer
from millrace.keras.layers._normalization import BatchNormalization, LayerNormalization, RMSNormalization
from millrace.keras.layers._preprocessing import Normalization

__all__ = ["Activation", "Add", "AveragePooling2D", "AvgPool2D", "BatchNormalization", "CategoryEncoding", "Concatenate", "Conv2D", "Convolution2D", "Dense",
           "Discretization", "Dropout", "ELU", "Embedding", "Flatten", "GlobalAveragePooling2D", "GlobalAvgPool2D", "GlobalMaxPool2D", "GlobalMaxPooling2D",
           "Hashing", "Input", "InputLayer", "IntegerLookup", "Layer", "LayerNormalization", "LeakyReLU", "MaxPool2D", "MaxPooling2D", "Normalization", "PReLU", "RMSNormalization", "ReLU",
           "Reshape", "Softmax", "StringLookup", "add", "concatenate"]

_UNSUPPORTED = frozenset("""
    ActivityRegularization AdditiveAttention AlphaDropout Attention Average AveragePooling1D AveragePooling3D Bidirectional CenterCrop
    Conv1D Conv1DTranspose Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D
    DepthwiseConv1D DepthwiseConv2D Dot EinsumDense FlaxLayer GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D
    GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling3D GroupNormalization GroupQueryAttention HashedCrossing Identity
    InputSpec JaxLayer LSTM LSTMCell Lambda Masking MaxPooling1D MaxPooling3D Maximum MelSpectrogram Minimum MultiHeadAttention
    Multiply Permute RNN RepeatVector Rescaling Resizing SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell
    SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells Subtract TFSMLayer
    TextVectorization TimeDistributed TorchModuleWrapper UnitNormalization UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D
    ZeroPadding2D ZeroPadding3D RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation RandomZoom""".split())


def __getattr__(name):
    raise unknown_name("layers", name, __all__, _UNSUPPORTED)
