"""The verbs of ``glue`` as data; see `arguments`."""

from __future__ import annotations

from airflow_oracle_dag.cli.argument import Verb, argument, count

#: Days that CloudWatch can keep logs (CloudWatch Logs API, PutRetentionPolicy).
_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922),
    *(3288, 3653),
)

GLUE = (
    Verb(
        "deploy",
        "create or update the AWS Glue job that runs steps with run_on=glue",
        (
            argument("--bucket", required=True, help="of S3: for the job's wheel and script"),
            argument(
                "--role",
                required=True,
                help="name or ARN of the role that the job works under, see docs/glue.md",
            ),
            argument(
                "--job-name", default="airflow-oracle-dag", help="(default: airflow-oracle-dag)"
            ),
            argument(
                "--prefix",
                default="airflow-oracle-dag",
                help="of the files in the bucket (default: airflow-oracle-dag)",
            ),
            argument(
                "--connection",
                action="append",
                default=[],
                metavar="NAME",
                help="a Glue connection, for the network of a VPC; repeatable",
            ),
            argument(
                "--timeout",
                type=count,
                default=2880,
                metavar="MINUTES",
                help="that a run may take, where its task says nothing, up to 10080 "
                "(default: 2880)",
            ),
            argument(
                "--max-capacity",
                type=float,
                default=0.0625,
                metavar="DPU",
                help="0.0625, or 1 with 16 times the memory and the price (default: 0.0625)",
            ),
            argument(
                "--max-concurrent-runs",
                type=count,
                default=50,
                metavar="N",
                help="of all tasks together; more wait in Airflow (default: 50)",
            ),
            argument(
                "--security-configuration",
                metavar="NAME",
                help="of Glue: encrypts the logs, and gives the job log groups of its own",
            ),
            argument(
                "--log-retention",
                type=int,
                choices=_DAYS,
                metavar="DAYS",
                help="let CloudWatch empty the log groups of Python Shell jobs after so many days; "
                "all such jobs of the account share them",
            ),
            argument(
                "--wheels",
                metavar="DIR",
                help="holds what the job needs besides this package; else pip downloads it",
            ),
            argument(
                "--aws-conn-id",
                metavar="ID",
                help="an Airflow connection to AWS; else what boto3 finds by itself",
            ),
            argument("--region", help="else the connection's, or what boto3 finds"),
            argument("--endpoint-url", metavar="URL", help="of AWS, for an endpoint of your own"),
            argument(
                "--print", action="store_true", help="only print the job, in the words of CreateJob"
            ),
        ),
    ),
)
