"""DBMS_APPLICATION_INFO, and what SYS_CONTEXT shows of it."""

from tests.conformance.bench import Bench
from tests.conformance.record import Case, Feature, Manual, differs, output, returns, rows

FEATURE = Feature(1, "DBMS_APPLICATION_INFO")

_MODULE = Manual(
    "PL/SQL Packages and Types Reference", "DBMS_APPLICATION_INFO.SET_MODULE Procedure"
)
_CONTEXT = Manual("SQL Language Reference", "SYS_CONTEXT")
_SET = "begin dbms_application_info.set_module('load', 'orders'); end;"


def _by_the_driver(bench: Bench) -> list[object]:
    bench.connection.module = "outside"
    bench.connection.clientinfo = "info"
    return list(
        bench.rows(
            "select sys_context('userenv', 'module'), sys_context('userenv', 'client_info')"
            " from dual"
        )[0]
    )


CASES = (
    Case(
        "the module and the action",
        setup=(_SET,),
        run="""select sys_context('userenv', 'module'), sys_context('userenv', 'action')
               from dual""",
        expect=rows(("load", "orders")),
        evidence=_CONTEXT,
    ),
    Case(
        "SET_ACTION leaves the module",
        setup=(_SET, "begin dbms_application_info.set_action('customers'); end;"),
        run="""declare m varchar2(64); a varchar2(64);
               begin
                 dbms_application_info.read_module(m, a);
                 dbms_output.put_line(m || ' ' || a);
               end;""",
        expect=output("load customers"),
        evidence=Manual(
            "PL/SQL Packages and Types Reference", "DBMS_APPLICATION_INFO.READ_MODULE Procedure"
        ),
    ),
    Case(
        "a module longer than 48 bytes is cut, and so is an action longer than 32",
        setup=(
            "begin dbms_application_info.set_module(rpad('m', 90, 'm'), rpad('a', 90, 'a')); end;",
        ),
        run="""select length(sys_context('userenv', 'module')),
                      length(sys_context('userenv', 'action')) from dual""",
        expect=rows((48, 32)),
        evidence=_MODULE,
        sandbox=differs("an action has the 64 bytes of V$SESSION", rows((48, 64))),
    ),
    Case(
        "no rollback undoes it",
        setup=(_SET, "rollback"),
        run="select sys_context('userenv', 'action') from dual",
        expect=rows(("orders",)),
        evidence=_MODULE,
    ),
    Case(
        "client information",
        setup=("begin dbms_application_info.set_client_info('night'); end;",),
        run="""declare i varchar2(64);
               begin dbms_application_info.read_client_info(i); dbms_output.put_line(i); end;""",
        expect=output("night"),
        evidence=Manual(
            "PL/SQL Packages and Types Reference",
            "DBMS_APPLICATION_INFO.READ_CLIENT_INFO Procedure",
        ),
    ),
    Case(
        "what the driver sets is the same",
        run=_by_the_driver,
        expect=returns(["outside", "info"]),
        evidence=Manual("python-oracledb documentation", "Oracle Database End-to-End Tracing"),
    ),
)
