# pip install: streamoneionsdk==0.1.8
"""Runs the vendor's own Python client against a StreamOne Ion simulator and prints what it saw as one line of JSON.

    python streamoneionsdk.py BASE_URL ACCESS_TOKEN REFRESH_TOKEN [ACCOUNT_ID] [PAGE_SIZE]

The client refreshes only when `/oauth/validateAccess` answers 401 for a dead access token; the simulator answers the
documented 400 unless started with `--validate-dead-status 401`.
"""
import contextlib
import json
import os
import sys
import tempfile

# The client honours proxy settings; the simulator is on loopback.
os.environ["NO_PROXY"] = "127.0.0.1,localhost"

from StreamOneSDK import StreamOneClient  # noqa: E402


def main(base_url, access, refresh, account="1001", page_size="100"):
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "config.json")
        with open(config, "w") as file:
            json.dump({"v3": {"access_token": access, "refresh_token": refresh}, "accountid": account}, file)
        client = StreamOneClient(config)
        # The host is fixed in the client; every call reads it from here.
        client.v3_base_url = base_url
        # The client prints its parameters, which would spoil our line.
        with contextlib.redirect_stdout(sys.stderr):
            customers = list(client.list_customers(pageSize=int(page_size)))
            subscriptions = list(client.list_subscriptions(pageSize=int(page_size)))
        with open(config) as file:
            kept = json.load(file)["v3"]
    print(
        json.dumps(
            {
                "customers": len({row["id"] for row in customers}),
                "subscriptions": len({row["id"] for row in subscriptions}),
                "refreshed": kept["refresh_token"] != refresh and kept["access_token"] != access,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
