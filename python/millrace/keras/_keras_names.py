# SPDX-License-Identifier: Apache-2.0
"""What Keras has: the public names of its modules, the methods of a model, and the arguments of classes and functions. Made by
tests/python/package/make_keras_names.py from Keras 3.15.1.
"""

NAMES = {
  "keras": """
    DTypePolicy FloatDTypePolicy Function Initializer Input InputSpec KerasTensor Layer Loss Metric Model Operation
    Optimizer Quantizer Regularizer RematScope Sequential StatelessScope SymbolicScope Variable activations
    applications backend callbacks config constraints datasets device distillation distribution dtype_policies
    export initializers layers legacy losses metrics mixed_precision models name_scope ops optimizers preprocessing
    quantizers random regularizers remat saving src tree utils version visualization wrappers
  """.split(),
  "activations": """
    celu deserialize elu exponential gelu get glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu
    linear log_sigmoid log_softmax mish relu relu6 selu serialize sigmoid silu soft_shrink softmax softplus softsign
    sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold
  """.split(),
  "callbacks": """
    BackupAndRestore CSVLogger Callback CallbackList EarlyStopping History LambdaCallback LearningRateScheduler
    ModelCheckpoint OrbaxCheckpoint ProgbarLogger ReduceLROnPlateau RemoteMonitor SwapEMAWeights TensorBoard
    TerminateOnNaN
  """.split(),
  "constraints": """
    Constraint MaxNorm MinMaxNorm NonNeg UnitNorm deserialize get max_norm min_max_norm non_neg serialize unit_norm
  """.split(),
  "initializers": """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer Initializer LecunNormal
    LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer
    TruncatedNormal VarianceScaling Zeros constant deserialize get glorot_normal glorot_uniform he_normal he_uniform
    identity lecun_normal lecun_uniform ones orthogonal random_normal random_uniform serialize stft truncated_normal
    variance_scaling zeros
  """.split(),
  "layers": """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention
    AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
    BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate
    ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D
    Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D
    Convolution2DTranspose Convolution3D Convolution3DTranspose Cropping1D Cropping2D Cropping3D CutMix Dense
    DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten
    FlaxLayer GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D
    GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention
    HashedCrossing Hashing Identity Input InputLayer InputSpec IntegerLookup JaxLayer LSTM LSTMCell Lambda Layer
    LayerNormalization LeakyReLU Masking MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D
    MaxPooling3D Maximum MelSpectrogram Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute
    Pipeline RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
    RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
    RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness
    RandomShear RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing ReversibleEmbedding
    STFTSpectrogram SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D SimpleRNN
    SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
    StackedRNNCells StringLookup Subtract TFSMLayer TextVectorization TimeDistributed TorchModuleWrapper
    UnitNormalization UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D add
    average concatenate deserialize dot maximum minimum multiply serialize subtract
  """.split(),
  "losses": """
    BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
    CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence
    LogCosh Loss MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
    SparseCategoricalCrossentropy SquaredHinge Tversky binary_crossentropy binary_focal_crossentropy
    categorical_crossentropy categorical_focal_crossentropy categorical_generalized_cross_entropy categorical_hinge
    circle cosine_similarity ctc deserialize dice get hinge huber kl_divergence log_cosh mean_absolute_error
    mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson serialize
    sparse_categorical_crossentropy squared_hinge tversky
  """.split(),
  "metrics": """
    AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy
    CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives FalsePositives Hinge
    IoU KLDivergence LogCoshError Mean MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanMetricWrapper
    MeanSquaredError MeanSquaredLogarithmicError Metric OneHotIoU OneHotMeanIoU PearsonCorrelation Poisson Precision
    PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity
    SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpecificityAtSensitivity
    SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives TruePositives binary_accuracy binary_crossentropy
    binary_focal_crossentropy categorical_accuracy categorical_crossentropy categorical_focal_crossentropy
    categorical_hinge concordance_correlation deserialize get hinge huber kl_divergence log_cosh mean_absolute_error
    mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error pearson_correlation poisson
    serialize sparse_categorical_accuracy sparse_categorical_crossentropy sparse_top_k_categorical_accuracy
    squared_hinge top_k_categorical_accuracy
  """.split(),
  "models": """
    Model Sequential clone_model load_model model_from_json save_model
  """.split(),
  "optimizers": """
    Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer Muon Nadam
    Optimizer OptimizerMap RMSprop SGD ScheduleFreeAdamW deserialize get serialize
  """.split(),
  "optimizers.schedules": """
    CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay LearningRateSchedule PiecewiseConstantDecay
    PolynomialDecay deserialize serialize
  """.split(),
  "regularizers": """
    L1 L1L2 L2 OrthogonalRegularizer Regularizer deserialize get l1 l1_l2 l2 orthogonal_regularizer serialize
  """.split(),
  "saving": """
    CustomObjectScope KerasFileEditor custom_object_scope deserialize_keras_object get_custom_objects
    get_registered_name get_registered_object load_model load_weights register_keras_serializable save_model
    save_weights serialize_keras_object
  """.split(),
  "utils": """
    Config CustomObjectScope FeatureSpace Progbar PyDataset Sequence array_to_img audio_dataset_from_directory
    clear_session custom_object_scope deserialize_keras_object disable_interactive_logging
    enable_interactive_logging get_custom_objects get_file get_registered_name get_registered_object
    get_source_inputs image_dataset_from_directory img_to_array is_interactive_logging_enabled is_keras_tensor
    load_img model_to_dot normalize pack_x_y_sample_weight pad_sequences plot_model register_keras_serializable
    save_img serialize_keras_object set_random_seed split_dataset standardize_dtype text_dataset_from_directory
    timeseries_dataset_from_array to_categorical unpack_x_y_sample_weight
  """.split(),
}

METHODS = """
    add_loss add_metric add_variable add_weight build build_from_config call compile compile_from_config
    compute_loss compute_loss_and_updates compute_mask compute_metrics compute_output_shape compute_output_spec
    count_params evaluate export fit from_config get_build_config get_compile_config get_config get_layer
    get_metrics_result get_quantization_layer_structure get_state_tree get_weights jax_state_sync load_own_variables
    load_weights make_predict_function make_test_function make_train_function predict predict_on_batch predict_step
    quantize quantized_build quantized_call rematerialized_call reset_metrics save save_own_variables save_weights
    set_state_tree set_weights stateless_call stateless_compute_loss summary symbolic_call test_on_batch test_step
    to_json train_on_batch train_step
""".split()

ARGUMENTS = {
  "AUC": "curve dtype from_logits label_weights multi_label name num_labels num_thresholds summation_method thresholds",
  "Activation": "activation",
  "Adadelta": "clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor name rho use_ema weight_decay",
  "Adagrad": "clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps initial_accumulator_value learning_rate loss_scale_factor name use_ema weight_decay",
  "Adam": "amsgrad beta_1 beta_2 clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor name use_ema weight_decay",
  "AdamW": "amsgrad beta_1 beta_2 clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor name use_ema weight_decay",
  "Adamax": "beta_1 beta_2 clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor name use_ema weight_decay",
  "AveragePooling2D": "data_format name padding pool_size strides",
  "BatchNormalization": "axis beta_constraint beta_initializer beta_regularizer center epsilon gamma_constraint gamma_initializer gamma_regularizer momentum moving_mean_initializer moving_variance_initializer renorm renorm_clipping renorm_momentum scale synchronized",
  "BinaryAccuracy": "dtype name threshold",
  "BinaryCrossentropy": "axis dtype from_logits label_smoothing name reduction",
  "BinaryFocalCrossentropy": "alpha apply_class_balancing axis dtype from_logits gamma label_smoothing name reduction",
  "CSVLogger": "append filename separator",
  "CategoricalAccuracy": "dtype name",
  "CategoricalCrossentropy": "axis dtype from_logits label_smoothing name reduction",
  "CategoricalFocalCrossentropy": "alpha axis dtype from_logits gamma label_smoothing name reduction",
  "CategoricalHinge": "dtype name reduction",
  "CategoryEncoding": "num_tokens output_mode sparse",
  "Concatenate": "axis",
  "Constant": "value",
  "Conv2D": "activation activity_regularizer bias_constraint bias_initializer bias_regularizer data_format dilation_rate filters groups kernel_constraint kernel_initializer kernel_regularizer kernel_size padding strides use_bias",
  "CosineDecay": "alpha decay_steps initial_learning_rate name warmup_steps warmup_target",
  "CosineDecayRestarts": "alpha first_decay_steps initial_learning_rate m_mul name t_mul",
  "Dense": "activation activity_regularizer bias_constraint bias_initializer bias_regularizer kernel_constraint kernel_initializer kernel_regularizer lora_alpha lora_rank quantization_config units use_bias",
  "Discretization": "bin_boundaries dtype epsilon name num_bins output_mode sparse",
  "Dropout": "noise_shape rate seed",
  "ELU": "alpha",
  "EarlyStopping": "baseline min_delta mode monitor patience restore_best_weights start_from_epoch verbose",
  "Embedding": "embeddings_constraint embeddings_initializer embeddings_regularizer input_dim lora_alpha lora_rank mask_zero output_dim quantization_config weights",
  "ExponentialDecay": "decay_rate decay_steps initial_learning_rate name staircase",
  "F1Score": "average dtype name threshold",
  "Flatten": "data_format",
  "Ftrl": "beta clipnorm clipvalue ema_momentum ema_overwrite_frequency global_clipnorm gradient_accumulation_steps initial_accumulator_value l1_regularization_strength l2_regularization_strength l2_shrinkage_regularization_strength learning_rate learning_rate_power loss_scale_factor name use_ema weight_decay",
  "GlobalAveragePooling2D": "data_format keepdims",
  "GlobalMaxPooling2D": "data_format keepdims",
  "GlorotNormal": "input_axes output_axes seed",
  "GlorotUniform": "input_axes output_axes seed",
  "Hashing": "mask_value num_bins output_mode salt sparse",
  "HeNormal": "input_axes output_axes seed",
  "HeUniform": "input_axes output_axes seed",
  "Hinge": "dtype name reduction",
  "Huber": "delta dtype name reduction",
  "Identity": "gain",
  "Input": "batch_shape batch_size dtype name optional ragged shape sparse tensor",
  "InputLayer": "batch_shape batch_size dtype input_tensor name optional ragged shape sparse",
  "IntegerLookup": "idf_weights invert mask_token max_tokens name num_oov_indices oov_method oov_token output_mode pad_to_max_tokens salt sparse vocabulary vocabulary_dtype",
  "InverseTimeDecay": "decay_rate decay_steps initial_learning_rate name staircase",
  "KLDivergence": "dtype name reduction",
  "L1": "l1",
  "L1L2": "l1 l2",
  "L2": "l2",
  "Lamb": "beta_1 beta_2 clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor name use_ema weight_decay",
  "LambdaCallback": "on_epoch_begin on_epoch_end on_train_batch_begin on_train_batch_end on_train_begin on_train_end",
  "LayerNormalization": "axis beta_constraint beta_initializer beta_regularizer center epsilon gamma_constraint gamma_initializer gamma_regularizer scale",
  "LeakyReLU": "negative_slope",
  "LearningRateScheduler": "schedule verbose",
  "LecunNormal": "input_axes output_axes seed",
  "LecunUniform": "input_axes output_axes seed",
  "Lion": "beta_1 beta_2 clipnorm clipvalue ema_momentum ema_overwrite_frequency global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor name use_ema weight_decay",
  "LogCosh": "dtype name reduction",
  "MaxNorm": "axis max_value",
  "MaxPooling2D": "data_format name padding pool_size strides",
  "MeanAbsoluteError": "dtype name reduction",
  "MeanSquaredError": "dtype name reduction",
  "ModelCheckpoint": "filepath initial_value_threshold mode monitor save_best_only save_freq save_weights_only verbose",
  "Nadam": "beta_1 beta_2 clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor name use_ema weight_decay",
  "Normalization": "axis invert mean variance",
  "Orthogonal": "gain seed",
  "PReLU": "alpha_constraint alpha_initializer alpha_regularizer shared_axes",
  "PiecewiseConstantDecay": "boundaries name values",
  "Pipeline": "layers name",
  "Poisson": "dtype name reduction",
  "PolynomialDecay": "cycle decay_steps end_learning_rate initial_learning_rate name power",
  "Precision": "class_id dtype name thresholds top_k",
  "R2Score": "class_aggregation dtype name num_regressors",
  "RMSNormalization": "axis epsilon",
  "RMSprop": "centered clipnorm clipvalue ema_momentum ema_overwrite_frequency epsilon global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor momentum name rho use_ema weight_decay",
  "RandomNormal": "mean seed stddev",
  "RandomUniform": "maxval minval seed",
  "ReLU": "max_value negative_slope threshold",
  "Recall": "class_id dtype name thresholds top_k",
  "ReduceLROnPlateau": "cooldown factor min_delta min_lr mode monitor patience verbose",
  "Reshape": "target_shape",
  "RootMeanSquaredError": "dtype name",
  "SGD": "clipnorm clipvalue ema_momentum ema_overwrite_frequency global_clipnorm gradient_accumulation_steps learning_rate loss_scale_factor momentum name nesterov use_ema weight_decay",
  "Sequential": "layers name trainable",
  "Softmax": "axis",
  "SparseCategoricalAccuracy": "dtype name",
  "SparseCategoricalCrossentropy": "axis dtype from_logits ignore_class name reduction",
  "SparseTopKCategoricalAccuracy": "dtype from_sorted_ids k name",
  "SquaredHinge": "dtype name reduction",
  "StringLookup": "encoding idf_weights invert mask_token max_tokens name num_oov_indices oov_token output_mode pad_to_max_tokens salt sparse vocabulary",
  "TerminateOnNaN": "raise_error",
  "TopKCategoricalAccuracy": "dtype k name",
  "TruncatedNormal": "mean seed stddev",
  "VarianceScaling": "distribution input_axes mode output_axes scale seed",
  "add": "inputs",
  "build": "input_shape",
  "clone_model": "call_function clone_function input_tensors model recursive",
  "compile": "auto_scale_loss jit_compile loss loss_weights metrics optimizer run_eagerly steps_per_execution weighted_metrics",
  "compile_from_config": "config",
  "elu": "alpha x",
  "evaluate": "batch_size callbacks return_dict sample_weight steps verbose x y",
  "exponential": "x",
  "export": "filepath format input_signature verbose",
  "fit": "batch_size callbacks class_weight epochs initial_epoch sample_weight shuffle steps_per_epoch validation_batch_size validation_data validation_freq validation_split validation_steps verbose x y",
  "from_config": "config custom_objects",
  "gelu": "approximate x",
  "get_layer": "index name",
  "hard_sigmoid": "x",
  "hard_silu": "x",
  "leaky_relu": "negative_slope x",
  "linear": "x",
  "load_model": "compile custom_objects filepath safe_mode",
  "load_weights": "filepath model skip_mismatch",
  "log_softmax": "axis x",
  "mish": "x",
  "model_from_json": "custom_objects json_string",
  "predict": "batch_size callbacks steps verbose x",
  "predict_on_batch": "x",
  "relu": "max_value negative_slope threshold x",
  "save": "filepath overwrite zipped",
  "save_model": "filepath model overwrite zipped",
  "save_weights": "filepath max_shard_size model overwrite",
  "selu": "x",
  "set_random_seed": "seed",
  "set_weights": "weights",
  "sigmoid": "x",
  "silu": "x",
  "softmax": "axis x",
  "softplus": "x",
  "softsign": "x",
  "summary": "expand_nested layer_range line_length positions print_fn show_trainable",
  "swish": "x",
  "tanh": "x",
  "test_on_batch": "return_dict sample_weight x y",
  "to_categorical": "num_classes x",
  "train_on_batch": "class_weight return_dict sample_weight x y",
}
