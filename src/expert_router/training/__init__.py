"""Learning the router from sample prompts. scikit-learn is imported only when it is used."""

from expert_router.training.corpus import Prompt, PromptReader
from expert_router.training.fit import Trained, TrainOptions, train

__all__ = ["Prompt", "PromptReader", "TrainOptions", "Trained", "train"]
