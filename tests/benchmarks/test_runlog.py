import runlog


def line(seed, trials=60, **rest):
    return {"problem": "branin2", "seed": seed, "trials": trials, **rest}


def test_what_was_appended_is_read(tmp_path):
    path = tmp_path / "new" / "regret_tool.jsonl"
    assert runlog.read(path) == []
    runlog.append(path, line(0))
    runlog.append(path, line(1))
    assert runlog.read(path) == [line(0), line(1)]


def test_a_line_that_was_cut_off_is_run_again(tmp_path):
    path = tmp_path / "regret_tool.jsonl"
    runlog.append(path, line(0))
    with path.open("a") as file:
        file.write('{"problem":"branin2","se')
    assert runlog.read(path) == [line(0)]
    assert runlog.done(path, 60) == {("branin2", 0)}
    runlog.append(path, line(1))
    assert runlog.read(path) == [line(0), line(1)]


def test_a_run_of_fewer_trials_is_not_done_unless_the_tool_failed(tmp_path):
    path = tmp_path / "regret_tool.jsonl"
    runlog.append(path, line(0, 20))
    runlog.append(path, line(1, 20, error="it raised"))
    runlog.append(path, line(2, 60))
    assert runlog.done(path, 60) == {("branin2", 1), ("branin2", 2)}
    assert runlog.done(path, 20) == {("branin2", 0), ("branin2", 1), ("branin2", 2)}
