"""What every key of the language means, in one sentence each: shown by editors, kept in one place.

Paths as people write them, with `*` for names they choose. `jsonschema.py` refuses a key without its
sentence.
"""

TOP = {
    "version": "Version of this language; 1 is the only one.",
    "name": "Name of the study: letters, digits, '.', '_' and '-', at most 64. By default the file's.",
    "seed": "Seed of every suggestion and every trial.",
    "dir": "Folder of the study; {name} stands for its name. By default runs/{name}.",
    "metric": "What is measured and which way is better; a bare name is minimised.",
    "constraints": "Bounds on measured outcomes, such as latency_ms <= 20; the model learns them.",
    "parameters": "What may be tried: a name and a range, a list of values or a fixed value each.",
    "require": "Conditions on parameters, such as width * layers <= 6144, checked before a launch.",
    "runner": "Who does the work; a bare string is a command.",
    "resources": "How many jobs run at a time, and on which GPUs.",
    "search": "How points are chosen; a bare word is the method.",
    "stop": "When the study is done; the first rule that holds ends it.",
    "cost": "What the hardware costs.",
    "confirm": "Re-run the winners with further seeds before one is named.",
    "warm_start": "What the study begins with.",
    "ledger": "Where facts are written; a bare word is the format.",
}

METRIC = {
    "metric.name": "Name of the metric as the job writes it.",
    "metric.goal": "Which way is better; minimize unless given.",
    "metric.source": "Where the metric is read from: standard output unless given.",
    "metric.source.stdout": "A regular expression with a group around the number.",
    "metric.source.file": "A file of JSON lines, relative to the trial's folder.",
    "metric.source.json": "A JSON file, relative to the trial's folder.",
    "metric.source.csv": "A CSV file, relative to the trial's folder.",
    "metric.source.tensorboard": "A tag in the TensorBoard logs of the trial's folder.",
    "metric.source.step": "The key or column that counts steps.",
    "metric.reduce": "How several values become one: last, best, or mean(k) of the last k.",
    "metric.direction": "Another tool's word for goal.",
    "metric.mode": "Another tool's word for goal.",
}

PARAMETER = {
    "parameters.*": "A parameter.",
    "parameters.*.type": "float, int, bool or choice; a list of values needs none.",
    "parameters.*.min": "The lowest value, as a value and never as an exponent.",
    "parameters.*.max": "The highest value, as a value and never as an exponent.",
    "parameters.*.log": "Search by orders of magnitude.",
    "parameters.*.step": "Only min, min + step, min + 2 step and so on.",
    "parameters.*.default": "The value to begin with.",
    "parameters.*.or_zero": "0 may be chosen as well, apart from the range.",
    "parameters.*.when": "The condition under which the parameter exists, as in optimizer == 'sgd'.",
    "parameters.*.values": "The values to choose from; null is one too.",
    "parameters.*.ordered": "The values lie in their order on a scale.",
    "parameters.*.value": "A value that never changes and reaches every job.",
    "parameters.*.derive": "An expression that gives the value, as in max(1, epochs // 10).",
    "parameters.*.low": "Another tool's word for min.",
    "parameters.*.lower": "Another tool's word for min.",
    "parameters.*.minimum": "Another tool's word for min.",
    "parameters.*.high": "Another tool's word for max.",
    "parameters.*.upper": "Another tool's word for max.",
    "parameters.*.maximum": "Another tool's word for max.",
    "parameters.*.bounds": "Another tool's words for min and max: [min, max].",
    "parameters.*.choices": "Another tool's word for values.",
    "parameters.*.categories": "Another tool's word for values.",
    "parameters.*.options": "Another tool's word for values.",
    "parameters.*.q": "Another tool's word for step.",
    "parameters.*.quantization": "Another tool's word for step.",
    "parameters.*.log_scale": "Another tool's word for log.",
    "parameters.*.is_ordered": "Another tool's word for ordered.",
    "parameters.*.scale": "Another tool's words for log: log or linear.",
    "parameters.*.distribution": "W&B's word for type and log; exponent forms are refused.",
}

JOB = {
    "runner.type": "command, python, custom or manual.",
    "runner.command": "A program with its arguments and {args}, {name} or {trial.dir}; no shell.",
    "runner.shell": "Let a shell read the command; every value is quoted.",
    "runner.flags": "How booleans are written in {args}, by parameter or * for all.",
    "runner.flags.*": "present: --amp or nothing; no_prefix: --amp or --no-amp; value: --amp=true.",
    "runner.target": "module:function for python, module:Class for custom.",
    "runner.options": "Passed on to the class.",
    "runner.env": "Variables to set, or names of those that must be there. Secrets by name only.",
    "runner.env.*": "The value; nothing if the variable must be there already.",
    "runner.cwd": "Folder to run in.",
    "runner.timeout": "Longest time of an attempt, as 90m; then it is ended.",
    "runner.grace": "Time between being asked to end and being killed, as 30s.",
    "runner.retries": "Further attempts of a trial, by the class of its failure.",
    "runner.retries.*": "Further attempts after this failure.",
    "runner.classify": "Regular expressions on the ends of the logs that name a failure.",
    "runner.classify.match": "A regular expression.",
    "runner.classify.as": "The class of failure it means.",
    "runner.log_cap": "Most that is kept of each output stream, as 8MiB: half head, half tail.",
    "runner.limits": "Limits that the system sets each process of a job.",
    "runner.limits.memory": "Most memory, as 8GiB.",
    "runner.limits.file": "Largest file, as 1GiB.",
    "runner.limits.cpu": "Most processor time, as 2h.",
}

CUSTOM = {
    "type": "custom.",
    "target": "A part of your own, as mymodule:Name.",
    "options": "What it is called with.",
}

REST = {
    "resources.parallel": "Jobs at a time; by default one for each place on a GPU, or 1.",
    "resources.gpus": "auto for those that nobody else uses, a number, or a list of ids.",
    "resources.gpus_per_trial": "GPUs of a trial; 0.25 lets four trials share one.",
    "search.method": "bayes (a Gaussian process), sobol, random, grid, or optuna (any of its samplers).",
    **{
        f"search.{key}.{name}": said
        for key in ("method", "surrogate", "acquisition")
        for name, said in CUSTOM.items()
    },
    "search.initial": "Space-filling points before the model takes over.",
    "search.surrogate": "The model; auto chooses.",
    "search.acquisition": "How useful a point is; auto chooses.",
    "search.engine": "What computes the model; auto is numpy, and BoTorch where `device` says so.",
    "search.device": "Where the model is fitted; auto takes a GPU only from no training slot.",
    "search.sampler": "For optuna: which sampler, as TPESampler or cma_es.",
    "search.options": "For optuna: what the sampler is made with, as {multivariate: true}.",
    "search.levels": "For grid: steps of a continuous parameter.",
    "stop.trials": "Trials in total, also after a resume.",
    "stop.wall": "Time that tuner has worked on the study in total, as 24h.",
    "stop.gpu_hours": "GPU hours of all trials together.",
    "stop.target": "The value of the metric that is good enough.",
    "stop.plateau": "No improvement for a while.",
    "stop.plateau.trials": "For this many trials.",
    "stop.plateau.min_delta": "Improvements up to this do not count.",
    "stop.failures": "Too many failures.",
    "stop.failures.consecutive": "Failed trials in a row.",
    "cost.gpu_hour": "Price of an hour of one GPU.",
    "cost.currency": "Currency of the price.",
    "confirm.top": "How many of the best trials.",
    "confirm.seeds": "With how many further seeds each.",
    "warm_start.enqueue": "Points to try first; what is left out is at its default or middle.",
    "ledger.format": "jsonl, or csv to make the table itself the truth.",
}

MEANING = {**TOP, **METRIC, **PARAMETER, **JOB, **REST}
