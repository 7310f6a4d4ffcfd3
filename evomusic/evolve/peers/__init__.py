"""Other libraries on our tasks and problems: read `exports`. `charging` counts, `problem_of_pymoo` imports pymoo."""
