"""Our nets as scikit-learn's estimators: in a pipeline, under cross-validation, in a grid search.

Run: python examples/scikit_learn.py   (extra `sklearn`)
"""

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from layergraph import MLPClassifier


def main() -> None:
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    net = make_pipeline(StandardScaler(), MLPClassifier((32,), num_epochs=30, random_state=0))
    print(f"cross-validation: {cross_val_score(net, X_train, y_train, cv=3).mean():.3f}")
    grid = {"mlpclassifier__learning_rate": [1e-3, 1e-2], "mlpclassifier__dropout": [0.0, 0.2]}
    search = GridSearchCV(net, grid, cv=3).fit(X_train, y_train)
    print(f"best of the grid: {search.best_params_}")
    print(f"test accuracy: {search.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main()
