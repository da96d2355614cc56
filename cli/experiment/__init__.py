"""An experiment: settings, data and model, training, the run's folder, and the trained net read back from it."""
