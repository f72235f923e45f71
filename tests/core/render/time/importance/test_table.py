import json

from terminal import printed

import dtfviz
from dtfviz.core.render.time.importance.table import importance_table


def test_the_document_is_saved_and_makes_the_table(result, tmp_path):
    document = json.loads(dtfviz.save(result, tmp_path / "importance.json").read_text())
    assert document["held"] == result.held.tolist()
    text = printed(importance_table(result, 80))
    assert "one, UNTRAINED" in text
    assert f"5 0.20 {result.held[5]:.4f} 0 " in " ".join(text.split())
