"""Classes as they are: layers that keep their weights, gradients and caches in attributes."""
