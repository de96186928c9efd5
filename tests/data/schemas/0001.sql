BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE alerts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	public_id VARCHAR(32) NOT NULL, 
	"key" TEXT NOT NULL, 
	key_sha256 VARCHAR(64) NOT NULL, 
	kind TEXT NOT NULL, 
	route TEXT DEFAULT '' NOT NULL, 
	channel VARCHAR(40) NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	target TEXT NOT NULL, 
	severity SMALLINT NOT NULL, 
	watch_id INTEGER, 
	change_id INTEGER, 
	old_n INTEGER, 
	new_n INTEGER, 
	payload TEXT DEFAULT '{}' NOT NULL, 
	status TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	not_before BIGINT, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	first_try_at BIGINT, 
	next_try_at BIGINT, 
	leased_until BIGINT, 
	claimed_by VARCHAR(100), 
	sent_at BIGINT, 
	receipt TEXT, 
	last_error TEXT, 
	maybe_sent BOOLEAN DEFAULT 0 NOT NULL, 
	folded_into INTEGER, 
	CONSTRAINT fk_alerts_change_id_changes FOREIGN KEY(change_id) REFERENCES changes (id) ON DELETE SET NULL, 
	CONSTRAINT fk_alerts_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE SET NULL, 
	CONSTRAINT uq_alerts_key_sha256 UNIQUE (key_sha256), 
	CONSTRAINT uq_alerts_public_id UNIQUE (public_id)
);
INSERT INTO "alerts" VALUES(1,'a_9pkfkdpncqif','change:1:2/desk/slack:C1','beb00c39b4fc318c9e34fa33b525c6679550c7067190a6880df8457361e4f4ab','change','desk','slack','C1','slack:C1',2,1,1,1,2,'{}','sent',1772366400000000,NULL,0,NULL,1772366400000000,NULL,NULL,1772366400000000,'{"ts":"1.2"}',NULL,0,NULL);
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at BIGINT NOT NULL, 
	actor TEXT DEFAULT '' NOT NULL, 
	via TEXT DEFAULT '' NOT NULL, 
	action VARCHAR(100) NOT NULL, 
	subject TEXT DEFAULT '' NOT NULL, 
	watch_id INTEGER, 
	team TEXT DEFAULT '' NOT NULL, 
	channel TEXT DEFAULT '' NOT NULL, 
	details TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT fk_audit_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE SET NULL
);
CREATE TABLE changes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	watch_id INTEGER NOT NULL, 
	old_n INTEGER NOT NULL, 
	new_n INTEGER NOT NULL, 
	seen_at BIGINT NOT NULL, 
	severity SMALLINT NOT NULL, 
	status TEXT NOT NULL, 
	kinds TEXT DEFAULT '[]' NOT NULL, 
	summary TEXT DEFAULT '' NOT NULL, 
	flags TEXT DEFAULT '[]' NOT NULL, 
	words_added INTEGER DEFAULT 0 NOT NULL, 
	words_removed INTEGER DEFAULT 0 NOT NULL, 
	decisions TEXT DEFAULT '{}' NOT NULL, 
	comparison BLOB NOT NULL, 
	CONSTRAINT fk_changes_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE, 
	CONSTRAINT uq_changes_watch_id_old_n_new_n UNIQUE (watch_id, old_n, new_n)
);
INSERT INTO "changes" VALUES(1,1,1,2,1772366400000000,3,'changed','["headline_changed"]','Headline changed','["silent_change"]',3,2,'{"desk":{"action":"tell"}}',X'28B52FFD605501E50900569236205087560746A02AD99D6E31FA51582242C81302994C3AD18ED3877C64C4CCD41E2D002C002B0000DC8BAD72E1E80DA7CB125D2BD0E5E8BC682304F4065C8E17FC9E5F4E5A13E9E82F4285EF79A0EBC289F4CE0479507A31F8DC52DB8D63A8D435C58833E889273FA60A7D79D525BCCFF74A9A9F8723B099AD7702F497285301FD642C36BA921A4320CBDAF38C977AFE28B0E89E27E040E7D4BC4B754B08FAF652CEF4DA5E6A57176D61F74D239004E4AD6B8C073BB6C4B04583E7A169187485BAAD8AD76D416D658A0376AC282BCE19D86838E79C68402883032620101CA6203E3E1430CC38842C5BD9D2C3D98E0C292C2013A90480F3E111A938107E41C30A2B6C526E087C1C6D0C43839120287A9764E5CA69C5FCC00B105A4EDA4ACA191B429C75C4B9041843B3F2D99C6C993DBAB114DB1069FF60E365');
CREATE TABLE digests (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recipient VARCHAR(400) NOT NULL, 
	rule VARCHAR(200) NOT NULL, 
	local_date VARCHAR(10) NOT NULL, 
	window_start BIGINT NOT NULL, 
	window_end BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	alert_id INTEGER, 
	stories INTEGER DEFAULT 0 NOT NULL, 
	changes INTEGER DEFAULT 0 NOT NULL, 
	details TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT fk_digests_alert_id_alerts FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE SET NULL, 
	CONSTRAINT uq_digests_recipient_rule_local_date UNIQUE (recipient, rule, local_date)
);
CREATE TABLE feedback (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at BIGINT NOT NULL, 
	watch_id INTEGER, 
	change_id INTEGER, 
	alert_id INTEGER, 
	verdict VARCHAR(40) NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	team TEXT DEFAULT '' NOT NULL, 
	channel TEXT DEFAULT '' NOT NULL, 
	details TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT fk_feedback_alert_id_alerts FOREIGN KEY(alert_id) REFERENCES alerts (id) ON DELETE SET NULL, 
	CONSTRAINT fk_feedback_change_id_changes FOREIGN KEY(change_id) REFERENCES changes (id) ON DELETE CASCADE, 
	CONSTRAINT fk_feedback_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE SET NULL, 
	CONSTRAINT uq_feedback_change_id_actor_verdict UNIQUE (change_id, actor, verdict)
);
CREATE TABLE hosts (
	host VARCHAR(300) NOT NULL, 
	robots TEXT, 
	robots_status INTEGER, 
	robots_fetched_at BIGINT, 
	robots_expires_at BIGINT, 
	retry_after BIGINT, 
	crawl_delay FLOAT, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	last_failure_at BIGINT, 
	last_success_at BIGINT, 
	state TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_hosts PRIMARY KEY (host)
);
INSERT INTO "hosts" VALUES('harbour.example',NULL,NULL,NULL,NULL,NULL,2.0,0,NULL,NULL,'{}');
CREATE TABLE installations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	enterprise VARCHAR(40) DEFAULT '' NOT NULL, 
	team VARCHAR(40) DEFAULT '' NOT NULL, 
	installer VARCHAR(40) DEFAULT '' NOT NULL, 
	installed_at BIGINT NOT NULL, 
	sealed BLOB NOT NULL, 
	details TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT uq_installations_enterprise_team_installer UNIQUE (enterprise, team, installer)
);
CREATE TABLE line_counts (
	outlet VARCHAR(300) NOT NULL, 
	line_sha256 VARCHAR(64) NOT NULL, 
	stories INTEGER DEFAULT 0 NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	CONSTRAINT pk_line_counts PRIMARY KEY (outlet, line_sha256)
);
INSERT INTO "line_counts" VALUES('Harbour','2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',1,1772366400000000,1772366400000000);
CREATE TABLE mail_threads (
	recipient VARCHAR(400) NOT NULL, 
	watch_id INTEGER NOT NULL, 
	subject TEXT DEFAULT '' NOT NULL, 
	alert VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_mail_threads PRIMARY KEY (recipient, watch_id), 
	CONSTRAINT fk_mail_threads_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE
);
CREATE TABLE meta (
	"key" VARCHAR(100) NOT NULL, 
	value TEXT NOT NULL, 
	updated_at BIGINT, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('secret_key','an-example-key-of-no-use',1772366400000000);
CREATE TABLE notices (
	"key" VARCHAR(400) NOT NULL, 
	first_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	times INTEGER DEFAULT 0 NOT NULL, 
	details TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_notices PRIMARY KEY ("key")
);
INSERT INTO "notices" VALUES('watch:1:failing',1772366400000000,1772366400000000,1,'{}');
CREATE TABLE oauth_states (
	state_sha256 VARCHAR(64) NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_oauth_states PRIMARY KEY (state_sha256)
);
CREATE TABLE route_states (
	watch_id INTEGER NOT NULL, 
	route VARCHAR(200) NOT NULL, 
	state TEXT DEFAULT '{}' NOT NULL, 
	due_at BIGINT, 
	CONSTRAINT pk_route_states PRIMARY KEY (watch_id, route), 
	CONSTRAINT fk_route_states_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE
);
INSERT INTO "route_states" VALUES(1,'desk','{"baseline_n":2}',NULL);
CREATE TABLE seen_events (
	id VARCHAR(200) NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_seen_events PRIMARY KEY (id)
);
CREATE TABLE snapshots (
	sha256 VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	stored_at BIGINT NOT NULL, 
	raw BLOB NOT NULL, 
	CONSTRAINT pk_snapshots PRIMARY KEY (sha256)
);
INSERT INTO "snapshots" VALUES('ea7b1b6fb945e10b930e69709e102fe9744183d38cbcb75a3a5f95bd950e1958',9,1772366400000000,X'28B52FFD20094900003C703E706167652031');
INSERT INTO "snapshots" VALUES('7aeb9297048d956419a508da8d17b9b0df1f24b52705e726bce4ecdfa306bad0',9,1772366400000000,X'28B52FFD20094900003C703E706167652032');
CREATE TABLE source_links (
	source_id INTEGER NOT NULL, 
	link_sha256 VARCHAR(64) NOT NULL, 
	seen_at BIGINT NOT NULL, 
	CONSTRAINT pk_source_links PRIMARY KEY (source_id, link_sha256), 
	CONSTRAINT fk_source_links_source_id_sources FOREIGN KEY(source_id) REFERENCES sources (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "source_links" VALUES(1,'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',1772366400000000);
CREATE TABLE sources (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	url TEXT NOT NULL, 
	url_sha256 VARCHAR(64) NOT NULL, 
	host TEXT DEFAULT '' NOT NULL, 
	kind TEXT NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	outlet TEXT DEFAULT '' NOT NULL, 
	desk TEXT DEFAULT '' NOT NULL, 
	routes TEXT DEFAULT '[]' NOT NULL, 
	every INTEGER, 
	include TEXT DEFAULT '[]' NOT NULL, 
	exclude TEXT DEFAULT '[]' NOT NULL, 
	max_new_per_check INTEGER DEFAULT 50 NOT NULL, 
	max_age_days INTEGER DEFAULT 7 NOT NULL, 
	origin TEXT DEFAULT 'cli' NOT NULL, 
	added_by TEXT DEFAULT '' NOT NULL, 
	added_at BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	next_check_at BIGINT, 
	etag TEXT, 
	last_modified TEXT, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	last_error TEXT, 
	last_checked_at BIGINT, 
	last_success_at BIGINT, 
	last_new_at BIGINT, 
	health TEXT DEFAULT 'ok' NOT NULL, 
	told TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT uq_sources_url_sha256 UNIQUE (url_sha256)
);
INSERT INTO "sources" VALUES(1,'https://harbour.example/feed','5a2f8d02a656d52a0024d0386220813863ba66a477a2e3eb793a9f09a885d689','harbour.example','feed','','','','[]',NULL,'[]','[]',50,7,'cli','',1772366400000000,'active',1772366400000000,NULL,NULL,0,NULL,NULL,NULL,NULL,'ok','{}');
CREATE TABLE story_texts (
	watch_id INTEGER NOT NULL, 
	lines BLOB NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_story_texts PRIMARY KEY (watch_id), 
	CONSTRAINT fk_story_texts_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE
);
INSERT INTO "story_texts" VALUES(1,X'28B52FFD208EE50200F2C5131790B56DF659D946B3F5B309090ADFDFBF75F0C5E5F9AF1CE7942B67AC48E08BB03070D6B31289BEABC90DD5023B5BA991993BC30D6787A13AB9421A292C7E2CDC4C5F1D30D2003B4BD64D988519130300B45000F622B5AA33','council delays harbour works 
work will begin in may 
council delays harbour works again');
CREATE TABLE subscriptions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	watch_id INTEGER NOT NULL, 
	team TEXT DEFAULT '' NOT NULL, 
	channel VARCHAR(100) NOT NULL, 
	channel_name TEXT DEFAULT '' NOT NULL, 
	label TEXT DEFAULT '' NOT NULL, 
	only TEXT DEFAULT 'all' NOT NULL, 
	min_severity SMALLINT, 
	added_by TEXT DEFAULT '' NOT NULL, 
	added_at BIGINT NOT NULL, 
	muted_until BIGINT, 
	muted_by TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT fk_subscriptions_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE, 
	CONSTRAINT uq_subscriptions_watch_id_team_channel UNIQUE (watch_id, team, channel)
);
INSERT INTO "subscriptions" VALUES(1,1,'','C1','','','all',NULL,'',1772366400000000,NULL,'');
CREATE TABLE targets (
	"key" VARCHAR(400) NOT NULL, 
	paused_at BIGINT, 
	paused_reason TEXT, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	last_error TEXT, 
	last_failure_at BIGINT, 
	last_success_at BIGINT, 
	settings TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_targets PRIMARY KEY ("key")
);
CREATE TABLE threads (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	team TEXT DEFAULT '' NOT NULL, 
	channel VARCHAR(100) NOT NULL, 
	watch_id INTEGER NOT NULL, 
	ts TEXT NOT NULL, 
	changes INTEGER DEFAULT 0 NOT NULL, 
	started_at BIGINT NOT NULL, 
	last_at BIGINT NOT NULL, 
	state TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT fk_threads_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE, 
	CONSTRAINT uq_threads_team_channel_watch_id_ts UNIQUE (team, channel, watch_id, ts)
);
CREATE TABLE unsubscribes (
	target VARCHAR(400) NOT NULL, 
	rule VARCHAR(200) NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_unsubscribes PRIMARY KEY (target, rule)
);
INSERT INTO "unsubscribes" VALUES('email:a@quay.example','desk',1772366400000000);
CREATE TABLE versions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	watch_id INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	seen_at BIGINT NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	headline_hash VARCHAR(64) NOT NULL, 
	body_hash VARCHAR(64) NOT NULL, 
	headline TEXT DEFAULT '' NOT NULL, 
	words INTEGER DEFAULT 0 NOT NULL, 
	recipe TEXT DEFAULT '' NOT NULL, 
	raw_sha256 VARCHAR(64), 
	story_sha256 VARCHAR(64) NOT NULL, 
	chain VARCHAR(64) NOT NULL, 
	final_url TEXT DEFAULT '' NOT NULL, 
	status INTEGER DEFAULT 200 NOT NULL, 
	headers TEXT DEFAULT '[]' NOT NULL, 
	stored_at BIGINT NOT NULL, 
	story BLOB, 
	CONSTRAINT fk_versions_watch_id_watches FOREIGN KEY(watch_id) REFERENCES watches (id) ON DELETE CASCADE, 
	CONSTRAINT uq_versions_watch_id_n UNIQUE (watch_id, n)
);
INSERT INTO "versions" VALUES(1,1,1,1772366400000000,'8cbc94a3d2ddc6f36c50409197ad8c77f61661a018054809bd90ec8d4db4aef3','ff3bf4f5e7a9d191a0428009aa464209ccbec6d6271c4e2ed14f738cd0795d50','34bb4241b8eaf76e04a75215f66b037fd691ea594eb004e0a5be013351e19154','Council delays harbour works',5,'r1','ea7b1b6fb945e10b930e69709e102fe9744183d38cbcb75a3a5f95bd950e1958','8fcfdd21f99af3cc2194e26b8a304495e0ab7e71042c54dd15c89aead9d91c43','b932ae1a6bdcb8fa26887507db11fecac3331c9a47e62073f9d9341e7083ca4e','https://harbour.example/story/1',200,'[["content-type","text/html"]]',1772366400000000,X'28B52FFD601600FD0500D24D281E6067E206085E43899ABF177D6EFB5852F9E31A3E7C5098B29F035114650507FFF9B6E75021EFE6DDD4A0185D2317E9B46F02CEF1902BB5C342E56A5DF41083716FB2170DE759A05BB4DEBC8FC610A53D861AAED2096EAAB29AF831812BCC75F39F6F7BC56252668CE9A640384FD64DD04DE1200F0A90E040612DAC46A2B2AB88723446F0736790EEE60BC1666043E4E78AF5B8D97D7CAEF409C2791F892D7A2209005F8F2F2DEE8E003426841B4249F5C83ED14186300E21818A02');
INSERT INTO "versions" VALUES(2,1,2,1772366400000000,'43f01df5670ec46a898008315d7f095e87fe72a6138e6adb5eb03e0102f03fe6','39b4cca40668e9dca81c9cc337efdede9574e4f7ae9d68ff5c5d2bfe5c90e718','34bb4241b8eaf76e04a75215f66b037fd691ea594eb004e0a5be013351e19154','Council delays harbour works again',5,'r1','7aeb9297048d956419a508da8d17b9b0df1f24b52705e726bce4ecdfa306bad0','bb3f90143727bd7f7693365fa93cc078f5a1ef8c398852c02837e4fecd67db1f','3956546e964fb3d7211e838fd259a0c521e3fd260902158ecb4e1dca47d4eb8c','https://harbour.example/story/1',200,'[["content-type","text/html"]]',1772366400000000,X'28B52FFD601C001D0600324E291E6067E206085E43899ABF177D6EFB5852F9E31A3E7C5098B29F035114650507FFF9B6E75021EFE6DDD4A0185D2317E9B46F02CEF1902BB5C342E56A5DF41083716FB2170DE759A05BB4DE9C150D2C7D348628ED31D470954E705395D5C48F095C61AE9BFF7CDB2B169332634C3705C279B26E826E0A0779508004070A6B613512955D4594A331829F3B8374375F0836031B223F57ACC7CDEEE373A54F10CEFB486CD1130109005F8F472DAE8F004026841B4215F6C83ED14186300E21818A02');
CREATE TABLE watches (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	url TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	key_sha256 VARCHAR(64) NOT NULL, 
	host TEXT DEFAULT '' NOT NULL, 
	outlet TEXT DEFAULT '' NOT NULL, 
	desk TEXT DEFAULT '' NOT NULL, 
	label TEXT DEFAULT '' NOT NULL, 
	state TEXT NOT NULL, 
	every INTEGER, 
	min_severity SMALLINT, 
	routes TEXT DEFAULT '[]' NOT NULL, 
	profile TEXT DEFAULT 'story' NOT NULL, 
	origin TEXT DEFAULT 'cli' NOT NULL, 
	source_id INTEGER, 
	added_by TEXT DEFAULT '' NOT NULL, 
	added_at BIGINT NOT NULL, 
	next_check_at BIGINT, 
	leased_until BIGINT, 
	claimed_by VARCHAR(100), 
	etag TEXT, 
	last_modified TEXT, 
	quick_key TEXT, 
	body_hash TEXT, 
	charset TEXT, 
	recipe TEXT, 
	failures INTEGER DEFAULT 0 NOT NULL, 
	last_error TEXT, 
	last_error_kind TEXT, 
	failing_since BIGINT, 
	last_checked_at BIGINT, 
	last_success_at BIGINT, 
	last_changed_at BIGINT, 
	quiet_checks INTEGER DEFAULT 0 NOT NULL, 
	published_at BIGINT, 
	latest_n INTEGER DEFAULT 0 NOT NULL, 
	headline TEXT DEFAULT '' NOT NULL, 
	is_live BOOLEAN DEFAULT 0 NOT NULL, 
	health TEXT DEFAULT 'ok' NOT NULL, 
	told TEXT DEFAULT '{}' NOT NULL, 
	hold TEXT, 
	remembered TEXT, 
	muted_until BIGINT, 
	muted_by TEXT DEFAULT '' NOT NULL, 
	hidden_reason TEXT, 
	hidden_at BIGINT, 
	hidden_by TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT fk_watches_source_id_sources FOREIGN KEY(source_id) REFERENCES sources (id) ON DELETE SET NULL, 
	CONSTRAINT uq_watches_key_sha256 UNIQUE (key_sha256)
);
INSERT INTO "watches" VALUES(1,'https://harbour.example/story/1','https://harbour.example/story/1','b92e0dd75473fb96e898dfc299748a822207c136974752829b9a1926817085ab','harbour.example','','city','','active',NULL,NULL,'["desk"]','story','cli',1,'',1772366400000000,1772366400000000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,2,'Council delays harbour works again',0,'ok','{}',NULL,NULL,NULL,'',NULL,NULL,'');
CREATE INDEX ix_line_counts_last_at ON line_counts (last_at);
CREATE INDEX ix_seen_events_at ON seen_events (at);
CREATE INDEX ix_snapshots_stored_at ON snapshots (stored_at);
CREATE INDEX ix_sources_state_next_check_at ON sources (state, next_check_at);
CREATE INDEX ix_source_links_seen_at ON source_links (seen_at);
CREATE INDEX ix_watches_last_changed_at ON watches (last_changed_at);
CREATE INDEX ix_watches_source_id ON watches (source_id);
CREATE INDEX ix_watches_state_next_check_at ON watches (state, next_check_at);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_audit_watch_id ON audit (watch_id);
CREATE INDEX ix_changes_seen_at ON changes (seen_at);
CREATE INDEX ix_changes_severity_seen_at ON changes (severity, seen_at);
CREATE INDEX ix_changes_watch_id_severity_seen_at ON changes (watch_id, severity, seen_at);
CREATE INDEX ix_route_states_due_at ON route_states (due_at);
CREATE INDEX ix_subscriptions_channel ON subscriptions (channel);
CREATE INDEX ix_threads_channel_ts ON threads (channel, ts);
CREATE INDEX ix_versions_raw_sha256 ON versions (raw_sha256);
CREATE INDEX ix_versions_seen_at ON versions (seen_at);
CREATE INDEX ix_versions_watch_id_fingerprint ON versions (watch_id, fingerprint);
CREATE INDEX ix_alerts_change_id ON alerts (change_id);
CREATE INDEX ix_alerts_created_at ON alerts (created_at);
CREATE INDEX ix_alerts_status_target_id ON alerts (status, target, id);
CREATE INDEX ix_alerts_target_id ON alerts (target, id);
CREATE INDEX ix_alerts_watch_id ON alerts (watch_id);
CREATE INDEX ix_feedback_watch_id ON feedback (watch_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sources',1);
INSERT INTO "sqlite_sequence" VALUES('watches',1);
INSERT INTO "sqlite_sequence" VALUES('versions',2);
INSERT INTO "sqlite_sequence" VALUES('changes',1);
INSERT INTO "sqlite_sequence" VALUES('alerts',1);
INSERT INTO "sqlite_sequence" VALUES('subscriptions',1);
CREATE VIRTUAL TABLE story_search USING fts5(words, content='story_texts', content_rowid='watch_id', tokenize='unicode61');
INSERT INTO story_search(story_search) VALUES ('rebuild');
CREATE TRIGGER story_texts_ai AFTER INSERT ON story_texts BEGIN INSERT INTO story_search(rowid, words) VALUES (new.watch_id, new.words); END;
CREATE TRIGGER story_texts_ad AFTER DELETE ON story_texts BEGIN INSERT INTO story_search(story_search, rowid, words) VALUES ('delete', old.watch_id, old.words); END;
CREATE TRIGGER story_texts_au AFTER UPDATE OF words ON story_texts BEGIN INSERT INTO story_search(story_search, rowid, words) VALUES ('delete', old.watch_id, old.words); INSERT INTO story_search(rowid, words) VALUES (new.watch_id, new.words); END;
COMMIT;
