"""``@task.oracle_script``: a Python function that writes the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import (
    DecoratedOperator,
    context_merge,
    determine_kwargs,
    task_decorator_factory,
)

from airflow_oracle_dag.compat import SET_DURING_EXECUTION
from airflow_oracle_dag.operators.oracle_script import OracleScriptOperator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.providers.common.compat.sdk import Context, TaskDecorator

    from airflow_oracle_dag.operators.handed_over import Woken


class OracleScriptDecoratedOperator(DecoratedOperator, OracleScriptOperator):
    """Run the script that a function returns, as `OracleScriptOperator` does.

    The function must return the same text on every attempt of a run: steps that are done may not
    change afterwards.

    :param python_callable: returns what `OracleScriptOperator` takes as ``script``.
    """

    template_fields: Sequence[str] = (
        *DecoratedOperator.template_fields,
        *OracleScriptOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **DecoratedOperator.template_fields_renderers,
        **OracleScriptOperator.template_fields_renderers,
    }
    custom_operator_name: str = "@task.oracle_script"
    overwrite_rtif_after_execution: bool = True

    def __init__(self, *, python_callable: Callable[..., str | list[str]], **kwargs: Any) -> None:
        super().__init__(python_callable=python_callable, script=SET_DURING_EXECUTION, **kwargs)

    def execute(self, context: Context) -> dict[str, Any]:
        """Call the function, render what it returns, run it.

        :raises TypeError: when the function returns neither a text nor a list of texts.
        """
        return OracleScriptOperator.execute(self, context)

    def _carry_out(self, context: Context, woken: Woken | None = None) -> dict[str, Any]:
        self._write_script(context)
        return super()._carry_out(context, woken)

    def _write_script(self, context: Context) -> None:
        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        script = self.python_callable(*self.op_args, **kwargs)
        texts = script if isinstance(script, list) else [script]
        if not texts or any(not isinstance(one, str) or not one.strip() for one in texts):
            wrong = next((one for one in texts if not isinstance(one, str)), script)
            raise TypeError(
                f"the function of task {self.task_id} must return a script, the path of a .sql "
                f"file or of a folder of them, or a list of these, not {type(wrong).__name__}"
            )
        self.name_script(script)
        # The other fields are rendered already: once more would run templates that came as values.
        environment = self.get_template_env(dag=context["dag"])
        self.script = self.render_template(script, context, environment)


def oracle_script_task(
    python_callable: Callable[..., str | list[str]] | None = None, **kwargs: Any
) -> TaskDecorator:
    """Turn a function that returns a script into a task that runs it.

    :param python_callable: the function.
    :param kwargs: arguments of `OracleScriptOperator`.
    """
    return task_decorator_factory(
        python_callable=python_callable,
        decorated_operator_class=OracleScriptDecoratedOperator,
        **kwargs,
    )
