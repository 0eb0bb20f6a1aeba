from PIL import Image

from figureground.report.html import page
from figureground.report.section import Figure, Section, Table


def test_text_is_shown_as_it_is_and_backquotes_are_code() -> None:
    made = page("A < B", [Section("T & U", ["run `a --b` <now>"])])
    assert "<h1>A &lt; B</h1>" in made
    assert "<h2>T &amp; U</h2>" in made
    assert "run <code>a --b</code> &lt;now&gt;" in made


def test_tables_hold_every_cell() -> None:
    table = Table("t", "caption", ["", "x"], [["row", 1.25], ["other", None]])
    made = page("r", [Section("s", tables=[table])])
    assert "<td>row</td><td>1.2</td>" in made
    assert "<td>other</td><td></td>" in made
    assert table.csv() == ",x\nrow,1.2\nother,\n"


def test_figures_are_part_of_the_file() -> None:
    plot = Figure("p", "a plot", '<?xml version="1.0"?>\n<svg width="1"></svg>')
    picture = Figure("q", "a picture", Image.new("RGB", (4, 3)))
    made = page("r", [Section("s", figures=[plot, picture])])
    assert "<figure>\n<svg" in made
    assert 'src="data:image/jpeg;base64,' in made
