"""How does a batch file become frozen settings?"""

from gridkit.config.batch_file import BatchFile
from gridkit.config.load import config_schema, load_batch

__all__ = ["BatchFile", "config_schema", "load_batch"]
