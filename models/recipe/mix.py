"""Averages the visual weights of two models of one origin: python mix.py TUNED BASE OUT SHARE_OF_TUNED

Half fine-tuned, half base forgets less of what no mask taught (and knows the taught classes less well).
"""
import sys

import model


def main():
    tuned, base, out, share = *sys.argv[1:4], float(sys.argv[4])
    clip, other = model.load(tuned), model.load(base).state_dict()
    clip.load_state_dict({
        name: share * value + (1 - share) * other[name]
        if name.startswith("visual") and value.is_floating_point() else value
        for name, value in clip.state_dict().items()
    })
    model.save(clip, out)


if __name__ == "__main__":
    main()
