"""The first tables: cases to audit. One revision is one file, so it goes past 300 lines."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anchors",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_anchors")),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(length=256), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seals", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_action_number"), ["action", "number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_audit_actor_number"), ["actor", "number"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_audit_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_subject"), ["subject"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=256), nullable=False),
        sa.Column("scan_sha256", sa.String(length=64), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("series_key", sa.String(length=128), nullable=True),
        sa.Column("is_localizer", sa.Boolean(), nullable=False),
        sa.Column("training_match", sa.String(length=16), nullable=True),
        sa.Column("display_label", sa.String(length=256), nullable=True),
        sa.Column("modality", sa.String(length=64), nullable=True),
        sa.Column("body_part", sa.String(length=64), nullable=True),
        sa.Column("manufacturer", sa.String(length=64), nullable=True),
        sa.Column("scanner_model", sa.String(length=64), nullable=True),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("header_verdict", sa.String(length=16), nullable=False),
        sa.Column("maximum_probability", sa.Double(), nullable=True),
        sa.Column("entropy", sa.Double(), nullable=True),
        sa.Column("novelty_p_value", sa.Double(), nullable=True),
        sa.Column("model_id", sa.String(length=128), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("software_version", sa.String(length=32), nullable=False),
        sa.Column("pixels_sha256", sa.String(length=64), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(length=64), nullable=False),
        sa.Column("reading", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "scan_sha256",
            "frame",
            "model_sha256",
            name=op.f("uq_cases_scan_sha256_frame_model_sha256"),
        ),
    )
    with op.batch_alter_table("cases") as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_body_part"), ["body_part"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cases_created_at_id"), ["created_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_cases_entropy_id"), ["entropy", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cases_header_verdict_id"), ["header_verdict", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_cases_label_id"), ["label", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cases_maximum_probability_id"),
            ["maximum_probability", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_cases_model_sha256"), ["model_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_pixels_sha256"), ["pixels_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_series_key"), ["series_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cases_thumbnail_sha256"), ["thumbnail_sha256"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_cases_verdict_id"), ["verdict", "id"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("wanted_device", sa.String(length=128), nullable=False),
        sa.Column("device", sa.String(length=128), nullable=True),
        sa.Column("engine", sa.String(length=32), nullable=True),
        sa.Column("engine_ref", sa.String(length=512), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("heartbeat_at", sa.Double(), nullable=True),
        sa.Column("stop_flag", sa.String(length=16), nullable=True),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_jobs_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobs_state_created_at"), ["state", "created_at"], unique=False
        )
        batch_op.create_index(
            "uq_jobs_running_device",
            ["device"],
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )

    op.create_table(
        "users",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("issuer", sa.String(length=256), nullable=False),
        sa.Column("subject_id", sa.String(length=256), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("roles", sa.String(length=256), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("issuer", "subject_id", name=op.f("uq_users_issuer_subject_id")),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=True),
        sa.Column("is_none_of_these", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected')", name=op.f("ck_corrections_state")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_corrections_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.UniqueConstraint("case_id", "author", name=op.f("uq_corrections_case_id_author")),
    )
    with op.batch_alter_table("corrections") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_corrections_state_created_at"), ["state", "created_at"], unique=False
        )

    op.create_table(
        "job_events",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_events_job_id_jobs")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_job_events")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.String(length=256), nullable=False),
        sa.Column("folder", sa.String(length=1024), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("data_sha256", sa.String(length=64), nullable=True),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_runs_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs") as batch_op:
        batch_op.create_index(batch_op.f("ix_runs_job_id"), ["job_id"], unique=False)

    op.create_table(
        "models",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("registered_by", sa.String(length=256), nullable=False),
        sa.Column("started_by", sa.String(length=256), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("run_id", sa.String(length=32), nullable=True),
        sa.Column("parent_sha256", sa.String(length=64), nullable=True),
        sa.Column("data_sha256", sa.String(length=64), nullable=True),
        sa.Column("code_version", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_models_job_id_jobs")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_models_run_id_runs")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_models")),
    )
    with op.batch_alter_table("models") as batch_op:
        batch_op.create_index(batch_op.f("ix_models_job_id"), ["job_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("correction_id", sa.String(length=32), nullable=False),
        sa.Column("reviewer", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["corrections.id"], name=op.f("fk_reviews_correction_id_corrections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    with op.batch_alter_table("reviews") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reviews_correction_id"), ["correction_id"], unique=False
        )

    op.create_table(
        "alias_history",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("token", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(length=256), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_sha256"], ["models.sha256"], name=op.f("fk_alias_history_model_sha256_models")
        ),
        sa.PrimaryKeyConstraint("name", "token", name=op.f("pk_alias_history")),
    )
    op.create_table(
        "aliases",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_sha256"], ["models.sha256"], name=op.f("fk_aliases_model_sha256_models")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_aliases")),
    )


def downgrade() -> None:
    op.drop_table("aliases")
    op.drop_table("alias_history")
    with op.batch_alter_table("reviews") as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_correction_id"))

    op.drop_table("reviews")
    with op.batch_alter_table("models") as batch_op:
        batch_op.drop_index(batch_op.f("ix_models_job_id"))

    op.drop_table("models")
    with op.batch_alter_table("runs") as batch_op:
        batch_op.drop_index(batch_op.f("ix_runs_job_id"))

    op.drop_table("runs")
    op.drop_table("job_events")
    with op.batch_alter_table("corrections") as batch_op:
        batch_op.drop_index(batch_op.f("ix_corrections_state_created_at"))

    op.drop_table("corrections")
    op.drop_table("users")
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.drop_index(
            "uq_jobs_running_device",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.drop_index(batch_op.f("ix_jobs_state_created_at"))

    op.drop_table("jobs")
    with op.batch_alter_table("cases") as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_verdict_id"))
        batch_op.drop_index(batch_op.f("ix_cases_thumbnail_sha256"))
        batch_op.drop_index(batch_op.f("ix_cases_series_key"))
        batch_op.drop_index(batch_op.f("ix_cases_pixels_sha256"))
        batch_op.drop_index(batch_op.f("ix_cases_model_sha256"))
        batch_op.drop_index(batch_op.f("ix_cases_maximum_probability_id"))
        batch_op.drop_index(batch_op.f("ix_cases_label_id"))
        batch_op.drop_index(batch_op.f("ix_cases_header_verdict_id"))
        batch_op.drop_index(batch_op.f("ix_cases_entropy_id"))
        batch_op.drop_index(batch_op.f("ix_cases_created_at_id"))
        batch_op.drop_index(batch_op.f("ix_cases_body_part"))

    op.drop_table("cases")
    with op.batch_alter_table("audit") as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_subject"))
        batch_op.drop_index(batch_op.f("ix_audit_at"))
        batch_op.drop_index(batch_op.f("ix_audit_actor_number"))
        batch_op.drop_index(batch_op.f("ix_audit_action_number"))

    op.drop_table("audit")
    op.drop_table("anchors")
