"""The peer: dlt, as its documentation would have it (default) and as fast as its settings make it (fast)."""
import argparse
import json
import os
import resource
import time

parser = argparse.ArgumentParser()
for name in ("url", "database", "form", "in-flight", "home"):
    parser.add_argument(f"--{name}", required=True)
args = parser.parse_args()
fast = args.form == "fast"
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
if fast:
    os.environ["EXTRACT__WORKERS"] = getattr(args, "in_flight")
    os.environ["EXTRACT__MAX_PARALLEL_ITEMS"] = str(2 * int(getattr(args, "in_flight")))
    os.environ["NORMALIZE__WORKERS"] = "2"
    os.environ["DATA_WRITER__BUFFER_MAX_ITEMS"] = "20000"
    os.environ["DATA_WRITER__FILE_MAX_ITEMS"] = "50000"
    os.environ["NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION"] = "true"

import dlt  # noqa: E402
from dlt.sources.helpers import requests  # noqa: E402

session = requests.Client().session
body = {"sort": {"license.id": "asc"}}
headers = {"apiKey": "arrow-demo-key"}


def ask(page):
    url = f"{args.url}/index.php/api/licenses/v2/find?page={page}&per_page=100"
    answer = session.post(url, json=body, headers=headers)
    answer.raise_for_status()
    return answer.json()


def rows_of(page):
    for result in page["results"]:
        li = result["license"]
        price = li["price"]
        yield {
            "partner_ref": li["partner_ref"], "customer_ref": li["customer_ref"], "offer": li["offer"], "seat": li["seat"],
            "buy_price": price["buy_price"], "sell_price": price["sell_price"], "currency": price["currency"],
            "status_label": li["status_label"], "enabled": li["isEnabled"], "periodicity": li["periodicity"],
            "term": li["term"], "auto_renew": li["auto_renew"], "trial": li["trial"], "start_date": li["start_date"],
            "end_date": li["end_date"], "next_renewal_date": li["next_renewal_date"], "vendor_name": li["vendor_name"],
            "sku": li["sku"], "vendor_sku": li["priceband_vendor_sku"], "raw": li,
        }


columns = {"raw": {"data_type": "json"}}
for name in ("start_date", "end_date", "next_renewal_date"):
    columns[name] = {"data_type": "timestamp"}
for name in ("buy_price", "sell_price"):
    columns[name] = {"data_type": "double"}
table = dict(name="subscriptions", primary_key="partner_ref", columns=columns, max_table_nesting=0)


@dlt.resource(write_disposition="merge", **table)
def page_by_page():
    page = 1
    while True:
        answer = ask(page)
        yield list(rows_of(answer))
        if page >= answer["pagination"]["totalPage"]:
            return
        page += 1


@dlt.resource(name="pages")
def pages():
    yield from range(1, ask(1)["pagination"]["totalPage"] + 1)


@dlt.transformer(data_from=pages, write_disposition={"disposition": "merge", "strategy": "upsert"}, **table)
@dlt.defer
def several_at_once(page):
    return list(rows_of(ask(page)))


pipeline = dlt.pipeline(
    pipeline_name=f"bench_{args.form}",
    pipelines_dir=args.home,
    destination=dlt.destinations.postgres(args.database),
    dataset_name=f"dlt_{args.form}",
)
began = time.perf_counter()
spent = os.times()
if fast:
    pipeline.run(several_at_once, loader_file_format="csv")
else:
    pipeline.run(page_by_page)
seconds = time.perf_counter() - began
now = os.times()
cpu = sum(now[:4]) - sum(spent[:4])
peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
print("\n" + json.dumps({"seconds": seconds, "peakMb": peak, "cpu": cpu}))
