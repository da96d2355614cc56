"""What is asked of a backward without a derivative: purity, linearity in dout, finite values."""
