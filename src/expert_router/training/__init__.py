"""Learning the router from sample prompts. scikit-learn is imported only when it is used."""

from expert_router.training.cluster import ClusterOptions
from expert_router.training.corpus import Prompt, PromptReader
from expert_router.training.fit import Trained, TrainOptions, train

__all__ = ["ClusterOptions", "Prompt", "PromptReader", "TrainOptions", "Trained", "train"]
