"""All checks, in the order of the table."""

from __future__ import annotations

from mac_check import disk, events, files, launchd, network, ports, processes, sandboxed, zips
from mac_check.result import Check

CHECKS = (
    Check(name="disk.full-sync", look=disk.full_sync_works, mac=False),
    Check(name="disk.barrier", look=disk.barrier_works),
    Check(name="disk.directory-sync", look=disk.directory_can_be_synced, mac=False),
    Check(name="disk.holes", look=disk.holes_are_told, mac=False),
    Check(name="disk.fresh-data", look=disk.fresh_data_is_no_hole, mac=False),
    Check(name="disk.publish", look=disk.publishing_replaces_nothing, mac=False),
    Check(name="disk.publish-fat", look=disk.publishing_on_fat),
    Check(name="disk.group", look=disk.files_inherit_the_group, mac=False),
    Check(name="events.close", look=events.a_close_is_told, mac=False),
    Check(name="events.link", look=events.through_a_link, mac=False),
    Check(name="events.directory", look=events.a_directory_made_anew, mac=False),
    Check(name="process.open-files", look=processes.an_open_file_is_noticed, mac=False),
    Check(name="process.boot", look=processes.the_boot_is_named, mac=False),
    Check(name="process.fifo", look=processes.a_fifo_wakes, mac=False),
    Check(name="process.weight", look=processes.a_process_is_weighed, mac=False),
    Check(name="process.limits", look=processes.limits_are_kept, mac=False),
    Check(name="process.awake", look=processes.caffeinate_is_seen),
    Check(name="network.port", look=network.a_taken_port_is_noticed, mac=False),
    Check(name="network.descriptors", look=network.descriptors_travel, mac=False),
    Check(name="network.descriptors-waiting", look=network.descriptors_wait, mac=False),
    Check(name="worker.sandbox", look=sandboxed.a_worker_is_fenced),
    Check(name="worker.sandbox-remote", look=sandboxed.the_network_stays_for_uploads),
    Check(name="ports.ioreg", look=ports.ioreg_is_understood),
    Check(name="ports.ioreg-length", look=ports.ioreg_is_short_enough),
    Check(name="ports.debugger", look=ports.debuggers_show),
    Check(name="ports.networksetup", look=ports.settings_are_understood),
    Check(name="ports.ifconfig", look=ports.addresses_are_understood),
    Check(name="ports.route", look=ports.the_router_is_understood),
    Check(name="ports.judged", look=ports.ports_are_judged),
    Check(name="launchd.kdumpd", look=launchd.kdumpd_is_as_known),
    Check(name="launchd.switches", look=launchd.the_list_of_switches_is_as_we_read_it),
    Check(name="launchd.unknown", look=launchd.what_is_not_loaded_is_told),
    Check(name="launchd.job", look=launchd.a_job_comes_and_goes, root=True),
    Check(name="launchd.restart", look=launchd.restarts_follow_the_exit_code, root=True),
    Check(name="launchd.disabled", look=launchd.a_switched_off_job_is_told, root=True),
    Check(name="zip.ditto", look=zips.ditto_opens_ours),
    Check(name="zip.ditto-4gib", look=zips.ditto_opens_what_exceeds_4_gib, seconds=600),
    Check(name="zip.archive-utility", look=zips.archive_utility_opens_ours),
    Check(name="files.plists", look=files.property_lists_are_valid),
    Check(name="install.dry-run", look=files.installing_can_be_rehearsed, seconds=400),
)
