#!/usr/bin/env python3
"""Plays the black-box suite.

  run.py --binary ./jari                               starts servers of its own, one for each profile of settings
  run.py --binary ./jari --instances 3                 starts so many instances for each profile that act as one server
  run.py --base http://127.0.0.1:8081,http://…:8082    plays against instances that act as one server (`--key`);
                                                       `--profile` says with which settings they were started
  run.py … holds payments.some_check                   only these themes or checks

One line for each failed check and, at the end, the total. Exit code 1 when one failed.
"""
import argparse
import importlib
import os
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import kit
from client import Api, Wrong
from schema import Schema
from server import KEY, Instances, Server

THEMES = ["users_and_wallet", "queue_places", "queue_admission", "holds", "best_seats", "payments", "refunds",
          "admin_concerts", "admin_changes", "admin_users", "halls", "box_office", "tickets", "check_in", "transfers",
          "lists", "csv_lists", "changed_plans", "events", "streams", "idempotency", "conventions", "strictness",
          "refusal_order", "lapses", "other_settings", "dates_and_zones", "concurrency", "restart", "starting",
          "more_settings", "mutations", "model",
          "operator_keys", "audit", "key_command", "limits", "tls", "http2"]
# What is asked for and not there yet: played when it is named, and moved to the others with the slice that brings it.
TO_COME = ["passwords", "password_changes", "own_things", "sign_in_limit", "browser", "tls_cookies", "answer_headers", "leaks"]
# What a profile's server is started with. `own`: the check starts its own servers.
PROFILES = {
    "plain": {},
    "short": {"hold.seconds": 2, "queue.claim_seconds": 2, "sale.seat_limit": 6},
    "stay": {"hold.seconds": 2, "queue.end_on_hold_lapse": "false"},
    "operator": {"wallet.charge": "operator", "wallet.charge_max": 5000, "wallet.currency": "EUR",
                 "site.name": "The house", "site.contact": "box@example.com"},
    "guard": {"queue.guard": "all"},
    "password": {"identity.mode": "password"},
    "limits": {"limits.sign_up": "4/h", "limits.join": "4/h", "limits.change": "6/h", "limits.read": "8/h",
               "server.trusted_proxies": "127.0.0.1/32,10.0.0.0/8"},
    "own": None,
}


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--binary", default=os.environ.get("JARI", "./jari"))
    words.add_argument("--instances", type=int, default=1, help="how many instances are started for each profile")
    words.add_argument("--base", help="base URLs of one logical server, with commas between them")
    words.add_argument("--key", default=os.environ.get("JARI_OPERATOR_KEY", KEY), help="the operator's key")
    words.add_argument("--profile", default="plain", choices=PROFILES, help="settings of the servers of --base")
    words.add_argument("--openapi", help="a description that every answer is judged by")
    words.add_argument("--threads", type=int, default=6)
    words.add_argument("--list", action="store_true", help="prints the checks")
    words.add_argument("--verbose", action="store_true")
    words.add_argument("only", nargs="*")
    wish = words.parse_args()
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    for theme in THEMES + [theme for theme in TO_COME if any(word.split(".")[0] == theme for word in wish.only)]:
        importlib.import_module(theme)
    checks = [one for one in kit.CHECKS if not wish.only
              or any(word in (one.theme, one.name, f"{one.theme}.{one.name}") for word in wish.only)]
    if wish.list:
        print(*[f"{one.theme}.{one.name} [{one.profile}]" for one in checks], sep="\n")
        return 0
    schema = Schema(wish.openapi) if wish.openapi else None
    wish.binary = os.path.abspath(wish.binary)
    failed, passed, skipped, requests = [], 0, 0, 0
    for profile, settings in PROFILES.items():
        mine = [one for one in checks if one.profile == profile]
        if not mine:
            continue
        # Servers that checks start themselves are the same, however many instances the others are.
        if wish.base and profile != wish.profile or profile == "own" and wish.instances > 1:
            skipped += len(mine)
            continue
        server = None
        if profile == "own":
            world = kit.World(Api(["http://127.0.0.1:9"], schema), KEY, server=lambda **more: Server(wish.binary, **more))
        elif wish.base:
            world = kit.World(Api(wish.base.split(","), schema), wish.key)
        else:
            alone = wish.instances == 1
            server = Server(wish.binary, settings) if alone else Instances(wish.binary, wish.instances, settings)
            try:
                world = kit.World(Api(server.start().bases, schema), KEY)
            except RuntimeError as fault:
                failed += mine
                print(f"FAIL all {len(mine)} checks of {profile}: {fault}", flush=True)
                server.remove()
                continue
        try:
            with ThreadPoolExecutor(2 if profile == "own" else wish.threads) as pool:
                for one, fault, took in pool.map(lambda one: play(one, world), mine):
                    if wish.verbose:
                        print(f"{'ok  ' if fault is None else 'FAIL'} {one.theme}.{one.name} {took:.1f} s", flush=True)
                    if fault is None:
                        passed += 1
                    else:
                        failed.append(one)
                        print(f"FAIL {one.theme}.{one.name} [{profile}]: {fault}", flush=True)
            requests += world.api.count
        finally:
            if server:
                code = server.stop()
                broken = server.verify()
                if code != 0 or broken.returncode != 0:
                    failed.append(profile)
                    print(f"FAIL the server of {profile} ended with {code}, verify with {broken.returncode}:"
                          f" {broken.stdout}{broken.stderr}\n{server.said()[-3000:]}")
                # Instances that are stopped one after the other miss each other.
                elif wish.instances == 1 and "ERROR" in server.said() or "panic" in server.said():
                    print(f"NOTE the server of {profile} logged a fault: {server.said()[-3000:]}")
                server.remove()
    for text in sorted(set(kit.NOTES)):
        print(f"NOTE {text}")
    if schema:
        print(f"{len(schema.seen)} kinds of answers were judged by the description.")
    print(f"{requests} requests.")
    print(f"{passed} passed, {len(failed)} failed, {skipped} skipped")
    return 1 if failed else 0


def play(one, world):
    began = time.monotonic()
    try:
        one.run(world)
        return one, None, time.monotonic() - began
    except Wrong as fault:
        return one, str(fault), time.monotonic() - began
    except Exception:
        return one, traceback.format_exc(limit=6), time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
