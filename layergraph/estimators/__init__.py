"""scikit-learn's estimators over our models and Solver: `from layergraph import MLPClassifier`. Needs scikit-learn.

They follow its conventions to the letter (its own `check_estimator` passes without an exception), so that pipelines,
searches and cross-validation take them; what trains is `models.mlp` under `solver.Solver`.
"""

from .classifiers import MLPClassifier as MLPClassifier, TwoLayerClassifier as TwoLayerClassifier
from .regressors import MLPRegressor as MLPRegressor, TwoLayerRegressor as TwoLayerRegressor
