"""Estimators of scikit-learn over `models.mlp` and `solver.Solver`, for pipelines and searches; extra `sklearn`.

This folder alone imports scikit-learn; `from layergraph import MLPClassifier` comes here when it is asked for.
"""

try:
    import sklearn.utils.validation  # noqa: F401  the estimators are classes of it, so it is needed at import
except ImportError as error:
    raise ImportError("the estimators need scikit-learn: pip install 'layergraph[sklearn]'") from error

from .classifiers import MLPClassifier as MLPClassifier, TwoLayerClassifier as TwoLayerClassifier
from .regressors import MLPRegressor as MLPRegressor, TwoLayerRegressor as TwoLayerRegressor
