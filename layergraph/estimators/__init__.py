"""scikit-learn's estimators over our models and Solver: `from layergraph import MLPClassifier`. Needs scikit-learn.

They follow its conventions to the letter (its own `check_estimator` passes without an exception), so that pipelines,
searches and cross-validation take them; what trains is `models.mlp` under `solver.Solver`.
"""

try:
    import sklearn.utils.validation  # noqa: F401  the estimators are classes of it, so it is needed at import
except ImportError as error:
    raise ImportError("the estimators need scikit-learn: pip install 'layergraph[sklearn]'") from error

from .classifiers import MLPClassifier as MLPClassifier, TwoLayerClassifier as TwoLayerClassifier
from .regressors import MLPRegressor as MLPRegressor, TwoLayerRegressor as TwoLayerRegressor
