"""A report as one HTML file that needs no other, and that prints well."""

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

from PIL import Image

from figureground.report.section import Figure, Section, Table, shown

STYLE = """
body { font: 16px/1.5 Georgia, serif; color: #222; max-width: 60em; margin: 2em auto;
  padding: 0 1em; }
h1, h2, th, caption, figcaption, code { font-family: system-ui, sans-serif; }
h1 { line-height: 1.2; }
h2 { margin-top: 2em; border-top: 1px solid #ccc; padding-top: .5em; }
table { border-collapse: collapse; margin: 1em 0; font-size: .9em; }
caption, figcaption { text-align: left; color: #555; font-size: .85em; margin: .3em 0; }
caption { caption-side: top; }
th { font-weight: 600; }
th, td { padding: .25em .8em; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td { font-variant-numeric: tabular-nums; }
figure { margin: 1.5em 0; }
figure svg, figure img { max-width: 100%; height: auto; }
code { font-size: .85em; background: #f4f4f4; padding: .1em .3em; overflow-wrap: anywhere; }
@media print { body { max-width: none; font-size: 11pt; } h2 { break-after: avoid; }
  table, figure { break-inside: avoid; } }
"""


def page(title: str, sections: Sequence[Section]) -> str:
    """The whole file. Paragraphs may hold `code` in backquotes; all else is shown as it is."""
    body = "\n".join(line for section in sections for line in _section(section))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _section(section: Section) -> Iterable[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    for paragraph in section.paragraphs:
        yield f"<p>{_with_code(paragraph)}</p>"
    for table in section.tables:
        yield _table(table)
    for figure in section.figures:
        yield _figure(figure)


def _with_code(text: str) -> str:
    parts = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(shown(cell))}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    return (
        f"<table>\n<caption>{_with_code(table.caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _figure(figure: Figure) -> str:
    content = figure.content
    if isinstance(content, Image.Image):
        content = (
            f'<img alt="{escape(figure.caption)}" src="data:image/jpeg;base64,{_jpeg(content)}">'
        )
    else:
        content = content[content.index("<svg") :]
    caption = f"<figcaption>{_with_code(figure.caption)}</figcaption>"
    return f"<figure>\n{content}\n{caption}\n</figure>"


def _jpeg(picture: Image.Image) -> str:
    data = io.BytesIO()
    picture.convert("RGB").save(data, "JPEG", quality=85)
    return base64.b64encode(data.getvalue()).decode()
