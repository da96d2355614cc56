"""Estimators among scikit-learn's own tools: a Pipeline, GridSearchCV over it, cross_val_score; --fast for a test.

Run: python examples/pipeline_and_search.py   (needs the extra `sklearn`)
"""

import sys

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from layergraph import MLPClassifier, TwoLayerClassifier


def main(fast: bool) -> None:
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    epochs = 10 if fast else 40

    net = TwoLayerClassifier(hidden_dim=32, learning_rate=0.005, num_epochs=epochs, random_state=0)
    scores = cross_val_score(make_pipeline(MinMaxScaler(), net), X_train, y_train, cv=3)
    print("two-layer net, three folds: accuracy", " ".join(f"{score:.3f}" for score in scores))

    search = GridSearchCV(
        make_pipeline(MinMaxScaler(), MLPClassifier(num_epochs=epochs, random_state=0)),
        {"mlpclassifier__hidden_layer_sizes": [(16,), (32, 16)], "mlpclassifier__learning_rate": [0.001, 0.01]},
        cv=3,
    ).fit(X_train, y_train)
    print("best of the grid:", search.best_params_, f"accuracy over folds {search.best_score_:.3f}")
    print(f"test accuracy {search.score(X_test, y_test):.3f}")


if __name__ == "__main__":
    main("--fast" in sys.argv)
