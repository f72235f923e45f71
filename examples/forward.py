"""One forward pass of a DTF-Net on a clip of noise: what goes in, what comes out, and whether to believe it."""

import torch

import dtfviz

model = dtfviz.load_model("dtf_net_r50", frames=16)
card = model.card
clip = torch.randn(1, 3, card.frames, card.size, card.size, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    probabilities = model(clip).softmax(dim=1)[0]

best = probabilities.topk(3)
print(f"{card.name}: clip {tuple(clip.shape)} -> {len(probabilities)} classes")
pairs = zip(best.values.tolist(), best.indices.tolist(), strict=True)
print(f"top 3: {', '.join(f'class {index} ({probability:.4f})' for probability, index in pairs)}")
print("trained" if card.trained else "UNTRAINED: random weights, so these classes mean nothing")
