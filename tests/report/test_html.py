import json

from hypothesis import given
from hypothesis import strategies as st

from evomusic.report.html import Html, joined, json_text, tag


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "<b> & 'x'", tag("i", "y")) == "<p>&lt;b&gt; &amp; &#x27;x&#x27;<i>y</i></p>"
    assert joined(["<", Html("<br>")]) == "&lt;<br>"


def test_attributes_are_escaped_named_and_left_out():
    made = tag("a", class_='"><script>', aria_label="x", download=True, title=None, hidden=False)
    assert made == '<a class="&quot;&gt;&lt;script&gt;" aria-label="x" download></a>'


def test_markup_that_is_put_together_as_text_is_text():
    assert tag("p", "a" + tag("b")) == "<p>a&lt;b&gt;&lt;/b&gt;</p>"


@given(st.text())
def test_json_in_a_page_reads_back_and_cannot_end_its_element(text):
    written = json_text({"name": text + "</script><!--"})
    assert "<" not in written
    assert "\u2028" not in written
    assert json.loads(written) == {"name": text + "</script><!--"}
