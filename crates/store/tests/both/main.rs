//! The store's stories, each told twice: on SQLite in a folder of its own, and on
//! PostgreSQL in a schema of its own. `scripts/with-postgres.sh cargo test -p store`
//! brings the second database; without it those tests say so, and in CI they fail.

mod world;

mod accounts;
mod calls;
mod keeping;
mod phones;
mod settings;

/// Tells each story on both databases.
macro_rules! stories {
    ($($file:ident: $($story:ident),+;)+) => {
        mod sqlite {
            $($(
                #[tokio::test]
                async fn $story() {
                    let world = crate::world::World::on_sqlite().await;
                    crate::$file::$story(&world).await;
                    world.end().await;
                }
            )+)+
        }
        mod postgres {
            $($(
                #[tokio::test]
                async fn $story() {
                    let Some(world) = crate::world::World::on_postgres().await else { return };
                    crate::$file::$story(&world).await;
                    world.end().await;
                }
            )+)+
        }
    };
}

stories! {
    settings:
        an_application_comes_back_as_it_was_set,
        the_programs_own_application_is_found_by_its_id_only,
        names_are_unique_within_an_application_only,
        what_is_in_use_cannot_be_deleted,
        another_applications_things_do_not_exist,
        a_number_leads_to_one_application,
        a_flow_cannot_name_what_is_not_there,
        changes_carry_their_time_and_version,
        a_change_of_a_person_undoes_no_binding,
        a_flow_is_not_published_over_a_version_nobody_saw,
        a_sound_gives_its_samples_back,
        bad_values_are_refused_by_name;
    phones:
        a_trunk_carries_calls_out_as_it_was_set,
        what_a_carrier_proves_is_kept_locked_and_its_own,
        who_may_be_called_outside_is_kept,
        a_telephone_keeps_its_password_and_nobody_reads_it_in_the_tables,
        an_extension_leads_to_one_place,
        another_applications_telephones_do_not_exist;
    accounts:
        only_the_right_password_opens_an_account,
        one_account_in_two_applications_is_told_apart_by_its_password,
        groups_are_bound_and_unbound,
        an_operator_belongs_to_no_application,
        a_session_lives_until_it_expires_or_is_ended,
        an_account_has_only_so_many_sessions,
        a_token_for_one_use_is_used_once,
        a_new_password_ends_all_sessions,
        an_api_key_is_kept_locked;
    calls:
        a_journal_written_twice_stands_once,
        a_record_is_never_changed_by_a_replay,
        a_remark_written_after_the_call_reaches_its_record,
        calls_that_were_cut_off_are_found,
        a_call_whose_record_was_torn_off_still_gets_one,
        how_the_legs_of_a_call_sounded_is_written_with_its_journal,
        the_spool_may_be_replayed_from_any_point,
        records_are_found_newest_first,
        a_hostile_caller_name_does_not_stop_the_rest,
        a_finished_recording_never_becomes_live_again;
    keeping:
        everything_is_there_after_a_restart,
        an_older_database_learns_what_its_numbers_mean,
        a_cut_connection_is_made_anew,
        another_key_file_is_refused,
        a_newer_database_is_refused,
        nodes_that_start_together_make_the_tables_once,
        many_writers_lose_nothing,
        the_audit_shows_what_was_tampered_with;
}
