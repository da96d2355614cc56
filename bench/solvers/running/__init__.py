"""From tasks to result files: one run, the engines that run many, the sweep, its progress and its cost."""
