CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
-- next
CREATE TABLE anchors (
	name VARCHAR(32) NOT NULL, 
	entries INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_anchors PRIMARY KEY (name)
)
-- next
CREATE TABLE audit (
	number INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	actor VARCHAR(256) NOT NULL, 
	action VARCHAR(64) NOT NULL, 
	subject VARCHAR(256) NOT NULL, 
	detail TEXT NOT NULL, 
	seals TEXT NOT NULL, 
	previous_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (number)
)
-- next
CREATE INDEX ix_audit_action_number ON audit (action, number)
-- next
CREATE INDEX ix_audit_actor_number ON audit (actor, number)
-- next
CREATE INDEX ix_audit_at ON audit (at)
-- next
CREATE INDEX ix_audit_subject ON audit (subject)
-- next
CREATE TABLE cases (
	id VARCHAR(32) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	created_by VARCHAR(256) NOT NULL, 
	scan_sha256 VARCHAR(64) NOT NULL, 
	frame INTEGER NOT NULL, 
	frames INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	series_key VARCHAR(128), 
	is_localizer BOOLEAN NOT NULL, 
	training_match VARCHAR(16), 
	display_label VARCHAR(256), 
	modality VARCHAR(64), 
	body_part VARCHAR(64), 
	manufacturer VARCHAR(64), 
	scanner_model VARCHAR(64), 
	label VARCHAR(64), 
	verdict VARCHAR(16) NOT NULL, 
	header_verdict VARCHAR(16) NOT NULL, 
	maximum_probability DOUBLE, 
	entropy DOUBLE, 
	novelty_p_value DOUBLE, 
	model_id VARCHAR(128) NOT NULL, 
	model_sha256 VARCHAR(64) NOT NULL, 
	software_version VARCHAR(32) NOT NULL, 
	pixels_sha256 VARCHAR(64) NOT NULL, 
	thumbnail_sha256 VARCHAR(64) NOT NULL, 
	reading TEXT NOT NULL, 
	attributes TEXT NOT NULL, 
	warnings TEXT NOT NULL, 
	seal VARCHAR(64) NOT NULL, study_key VARCHAR(128), 
	CONSTRAINT pk_cases PRIMARY KEY (id), 
	CONSTRAINT uq_cases_scan_sha256_frame_model_sha256 UNIQUE (scan_sha256, frame, model_sha256)
)
-- next
CREATE INDEX ix_cases_body_part ON cases (body_part)
-- next
CREATE INDEX ix_cases_created_at_id ON cases (created_at, id)
-- next
CREATE INDEX ix_cases_entropy_id ON cases (entropy, id)
-- next
CREATE INDEX ix_cases_header_verdict_id ON cases (header_verdict, id)
-- next
CREATE INDEX ix_cases_label_id ON cases (label, id)
-- next
CREATE INDEX ix_cases_maximum_probability_id ON cases (maximum_probability, id)
-- next
CREATE INDEX ix_cases_model_sha256 ON cases (model_sha256)
-- next
CREATE INDEX ix_cases_pixels_sha256 ON cases (pixels_sha256)
-- next
CREATE INDEX ix_cases_series_key ON cases (series_key)
-- next
CREATE INDEX ix_cases_thumbnail_sha256 ON cases (thumbnail_sha256)
-- next
CREATE INDEX ix_cases_verdict_id ON cases (verdict, id)
-- next
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempt INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	wanted_device VARCHAR(128) NOT NULL, 
	device VARCHAR(128), 
	engine VARCHAR(32), 
	engine_ref VARCHAR(512), 
	lease_until DOUBLE, 
	heartbeat_at DOUBLE, 
	stop_flag VARCHAR(16), 
	spec TEXT NOT NULL, 
	progress TEXT NOT NULL, 
	result TEXT, 
	error TEXT, 
	created_by VARCHAR(256) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	started_at DOUBLE, 
	finished_at DOUBLE, 
	outcome VARCHAR(16), 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled'))
)
-- next
CREATE INDEX ix_jobs_state_created_at ON jobs (state, created_at)
-- next
CREATE UNIQUE INDEX uq_jobs_running_device ON jobs (device) WHERE state = 'running'
-- next
CREATE TABLE users (
	id VARCHAR(32) NOT NULL, 
	issuer VARCHAR(256) NOT NULL, 
	subject_id VARCHAR(256) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	roles VARCHAR(256) NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	created_at DOUBLE NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (id), 
	CONSTRAINT uq_users_issuer_subject_id UNIQUE (issuer, subject_id)
)
-- next
CREATE TABLE corrections (
	id VARCHAR(32) NOT NULL, 
	case_id VARCHAR(32) NOT NULL, 
	author VARCHAR(256) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	is_right BOOLEAN NOT NULL, 
	label VARCHAR(64), 
	is_none_of_these BOOLEAN NOT NULL, 
	note VARCHAR(500) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	weight DOUBLE NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_corrections PRIMARY KEY (id), 
	CONSTRAINT ck_corrections_state CHECK (state IN ('pending', 'approved', 'rejected')), 
	CONSTRAINT fk_corrections_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id), 
	CONSTRAINT uq_corrections_case_id_author UNIQUE (case_id, author)
)
-- next
CREATE INDEX ix_corrections_state_created_at ON corrections (state, created_at)
-- next
CREATE TABLE job_events (
	job_id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_job_events PRIMARY KEY (job_id, number), 
	CONSTRAINT fk_job_events_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
)
-- next
CREATE TABLE runs (
	id VARCHAR(32) NOT NULL, 
	job_id VARCHAR(32), 
	created_at DOUBLE NOT NULL, 
	created_by VARCHAR(256) NOT NULL, 
	folder VARCHAR(1024) NOT NULL, 
	recipe TEXT NOT NULL, 
	seed BIGINT NOT NULL, 
	data_sha256 VARCHAR(64), 
	code_version VARCHAR(64) NOT NULL, 
	metrics TEXT NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_runs PRIMARY KEY (id), 
	CONSTRAINT fk_runs_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
)
-- next
CREATE INDEX ix_runs_job_id ON runs (job_id)
-- next
CREATE TABLE models (
	sha256 VARCHAR(64) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	registered_by VARCHAR(256) NOT NULL, 
	started_by VARCHAR(256) NOT NULL, 
	job_id VARCHAR(32), 
	run_id VARCHAR(32), 
	parent_sha256 VARCHAR(64), 
	data_sha256 VARCHAR(64), 
	code_version VARCHAR(64) NOT NULL, 
	description TEXT NOT NULL, 
	gate TEXT, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_models PRIMARY KEY (sha256), 
	CONSTRAINT fk_models_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id), 
	CONSTRAINT fk_models_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
)
-- next
CREATE INDEX ix_models_job_id ON models (job_id)
-- next
CREATE TABLE reviews (
	id VARCHAR(32) NOT NULL, 
	correction_id VARCHAR(32) NOT NULL, 
	reviewer VARCHAR(256) NOT NULL, 
	created_at DOUBLE NOT NULL, 
	decision VARCHAR(16) NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_reviews PRIMARY KEY (id), 
	CONSTRAINT fk_reviews_correction_id_corrections FOREIGN KEY(correction_id) REFERENCES corrections (id)
)
-- next
CREATE INDEX ix_reviews_correction_id ON reviews (correction_id)
-- next
CREATE TABLE alias_history (
	name VARCHAR(32) NOT NULL, 
	token INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	actor VARCHAR(256) NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	model_sha256 VARCHAR(64), 
	reason VARCHAR(500) NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_alias_history PRIMARY KEY (name, token), 
	CONSTRAINT fk_alias_history_model_sha256_models FOREIGN KEY(model_sha256) REFERENCES models (sha256)
)
-- next
CREATE TABLE aliases (
	name VARCHAR(32) NOT NULL, 
	model_sha256 VARCHAR(64), 
	token INTEGER NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_aliases PRIMARY KEY (name), 
	CONSTRAINT fk_aliases_model_sha256_models FOREIGN KEY(model_sha256) REFERENCES models (sha256)
)
-- next
CREATE TABLE sign_ins (
	user_id VARCHAR(32) NOT NULL, 
	issued_at DOUBLE NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	active_at DOUBLE NOT NULL, 
	over VARCHAR(16), 
	CONSTRAINT pk_sign_ins PRIMARY KEY (user_id, issued_at, expires_at), 
	CONSTRAINT fk_sign_ins_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
)
-- next
CREATE TABLE header_decisions (
	case_id VARCHAR(32) NOT NULL, 
	decision VARCHAR(16) NOT NULL, 
	decided_by VARCHAR(256) NOT NULL, 
	decided_at DOUBLE NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_header_decisions PRIMARY KEY (case_id), 
	CONSTRAINT ck_header_decisions_decision CHECK (decision IN ('confirmed', 'rejected')), 
	CONSTRAINT fk_header_decisions_case_id_cases FOREIGN KEY(case_id) REFERENCES cases (id)
)
-- next
CREATE TABLE source (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	settings TEXT NOT NULL, 
	is_paused BOOLEAN NOT NULL, 
	created_at DOUBLE NOT NULL, 
	created_by VARCHAR(256) NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_source PRIMARY KEY (id), 
	CONSTRAINT uq_source_name UNIQUE (name)
)
-- next
CREATE TABLE cursor (
	source_id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	value VARCHAR(512) NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	CONSTRAINT pk_cursor PRIMARY KEY (source_id, name), 
	CONSTRAINT fk_cursor_source_id_source FOREIGN KEY(source_id) REFERENCES source (id)
)
-- next
CREATE TABLE inbox (
	id VARCHAR(32) NOT NULL, 
	source_id VARCHAR(32) NOT NULL, 
	arrived_at DOUBLE NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	sentence VARCHAR(500) NOT NULL, 
	sop_class VARCHAR(64) NOT NULL, 
	sop_uid VARCHAR(64) NOT NULL, 
	series_uid VARCHAR(64) NOT NULL, 
	study_uid VARCHAR(64) NOT NULL, 
	pixels_sha256 VARCHAR(64), 
	model_sha256 VARCHAR(64), 
	frame INTEGER, 
	case_id VARCHAR(32), 
	read_at DOUBLE, 
	CONSTRAINT pk_inbox PRIMARY KEY (id), 
	CONSTRAINT fk_inbox_source_id_source FOREIGN KEY(source_id) REFERENCES source (id), 
	CONSTRAINT uq_inbox_sop_uid_model_sha256_frame UNIQUE (sop_uid, model_sha256, frame)
)
-- next
CREATE INDEX ix_inbox_case_id ON inbox (case_id)
-- next
CREATE INDEX ix_inbox_series_uid_state ON inbox (series_uid, state)
-- next
CREATE INDEX ix_inbox_source_id_state_arrived_at ON inbox (source_id, state, arrived_at)
-- next
CREATE TABLE outbox (
	uid VARCHAR(64) NOT NULL, 
	source_id VARCHAR(32) NOT NULL, 
	about_uid VARCHAR(64) NOT NULL, 
	series_uid VARCHAR(64) NOT NULL, 
	study_uid VARCHAR(64) NOT NULL, 
	sop_class VARCHAR(64) NOT NULL, 
	model_sha256 VARCHAR(64) NOT NULL, 
	body_sha256 VARCHAR(64) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	sentence VARCHAR(500) NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DOUBLE NOT NULL, 
	created_at DOUBLE NOT NULL, 
	sent_at DOUBLE, 
	CONSTRAINT pk_outbox PRIMARY KEY (uid), 
	CONSTRAINT fk_outbox_source_id_source FOREIGN KEY(source_id) REFERENCES source (id)
)
-- next
CREATE INDEX ix_outbox_about_uid ON outbox (about_uid)
-- next
CREATE INDEX ix_outbox_source_id_state_due_at ON outbox (source_id, state, due_at)
-- next
INSERT INTO alembic_version (version_num) VALUES ('0006')