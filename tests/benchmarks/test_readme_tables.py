"""The README quotes what the results files say, and nothing typed in."""

import readme


def test_the_tables_of_the_readme_are_what_the_results_say():
    assert readme.main(["--check"]) == 0


def test_a_block_is_put_between_its_marks_and_nowhere_else():
    text = "a\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\nkept\n<!-- end -->\n"

    assert readme.replaced(text, {"one": "new"}) == text.replace("old", "new")
