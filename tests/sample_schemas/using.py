"""What is done with an installed schema: procedures run, triggers fire, views answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import oracledb

Use = Callable[[oracledb.Connection], None]


def _rows(connection: oracledb.Connection, text: str, **binds: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, binds)
        return cursor.fetchall() if cursor.description else []


def history_by_procedure(connection: oracledb.Connection) -> None:
    """ADD_JOB_HISTORY writes the row that it is given."""
    _rows(
        connection,
        """begin add_job_history(200, date '1987-09-17', date '1993-06-17', 'AC_ACCOUNT', 90);
             exception when dup_val_on_index then null; end;""",
    )
    _rows(
        connection,
        "begin add_job_history(100, date '2003-06-17', date '2004-01-01', 'AD_VP', 90); end;",
    )
    found = _rows(
        connection, "select job_id, department_id from job_history where employee_id = 100"
    )
    assert found == [("AD_VP", 90)], found
    connection.rollback()


def history_by_trigger(connection: oracledb.Connection) -> None:
    """UPDATE_JOB_HISTORY notes the old job of every employee that gets another one."""
    before = _rows(connection, "select count(*) from job_history")[0][0]
    _rows(connection, "update employees set job_id = 'SA_MAN' where job_id = 'IT_PROG'")
    noted = _rows(
        connection,
        "select count(*) from job_history where job_id = 'IT_PROG' and end_date > sysdate - 1",
    )[0][0]
    assert noted == 5, noted
    assert _rows(connection, "select count(*) from job_history")[0][0] == before + 5
    connection.rollback()


def hours_are_kept(connection: oracledb.Connection) -> None:
    """SECURE_DML refuses outside of office hours, and so does the trigger once it is enabled."""
    open_now = _rows(
        connection,
        """select case when to_char(sysdate, 'HH24:MI') between '08:00' and '18:00'
                        and to_char(sysdate, 'DY') not in ('SAT', 'SUN') then 1 else 0 end
           from dual""",
    )[0][0]
    _rows(connection, "alter trigger secure_employees enable")
    code = 0
    try:
        _rows(connection, "delete from employees where employee_id = -1")
    except oracledb.DatabaseError as error:
        code = error.args[0].code
    _rows(connection, "alter trigger secure_employees disable")
    assert code == (0 if open_now else 20205), code


def details_view(connection: oracledb.Connection) -> None:
    """EMP_DETAILS_VIEW joins all seven tables, and cannot be written to."""
    found = _rows(
        connection,
        "select last_name, job_title, city, region_name from emp_details_view"
        " where employee_id = 100",
    )
    assert found == [("King", "President", "Seattle", "Americas")], found


def reports_to(connection: oracledb.Connection) -> None:
    """Walk by a hierarchical query from the president to everybody."""
    found = _rows(
        connection,
        "select max(level), count(*) from employees start with manager_id is null"
        " connect by prior employee_id = manager_id",
    )
    assert found == [(4, 107)], found


def order_totals(connection: oracledb.Connection) -> None:
    """STORE_ORDERS adds up by grouping sets, and the parts make the whole."""
    parts = _rows(
        connection, "select sum(total_sales) from store_orders where total = 'STORE TOTAL'"
    )
    whole = _rows(connection, "select total_sales from store_orders where total = 'GRAND TOTAL'")
    direct = _rows(connection, "select sum(quantity * unit_price) from order_items")
    assert parts == whole == direct, (parts, whole, direct)


def customers_orders(connection: oracledb.Connection) -> None:
    """CUSTOMER_ORDER_PRODUCTS has one row for each order, its items in a list."""
    found = _rows(
        connection, "select count(*), count(distinct order_id) from customer_order_products"
    )
    orders = _rows(connection, "select count(*) from orders")[0][0]
    assert found == [(orders, orders)], found


def next_identity(connection: oracledb.Connection) -> None:
    """START WITH LIMIT VALUE lets new rows follow those that were loaded."""
    with connection.cursor() as cursor:
        made = cursor.var(int)
        cursor.execute(
            "insert into customers (email_address, full_name) values ('new@one', 'New One')"
            " returning customer_id into :made",
            made=made,
        )
        (number,) = made.getvalue()
    highest = _rows(connection, "select max(customer_id) from customers")[0][0]
    connection.rollback()
    assert number == highest, (number, highest)


def profits(connection: oracledb.Connection) -> None:
    """PROFITS joins the facts of sales with those of costs."""
    found = _rows(connection, "select count(*) from profits where total_cost < 0")
    assert found == [(0,)], found


def costs_by_partition(connection: oracledb.Connection) -> None:
    """Read by partition what the bounds of COSTS say."""
    quarter = _rows(connection, "select count(*) from costs partition (costs_q1_2019)")[0][0]
    dated = _rows(
        connection,
        "select count(*) from costs where time_id < date '2019-04-01'",
    )[0][0]
    assert quarter == dated > 0, (quarter, dated)


USES: dict[str, tuple[Use, ...]] = {
    "HR": (history_by_procedure, history_by_trigger, hours_are_kept, details_view, reports_to),
    "CO": (order_totals, customers_orders, next_identity),
    "SH": (profits, costs_by_partition),
}
