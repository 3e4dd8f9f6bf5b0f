# %% [markdown]
# # Report to the committee
# The targets in one table, the reasons, and the charts.

# %% tags=["parameters"]
quarter = ""
data = ""
as_of = "2020-01-15"

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import Markdown, display

COMMENTS = {
    "payments on time": "Bills wait for the ledger's weekly posting.",
    "conversations within 10 days": "The target is met.",
}


def read(name, encoding, dates):
    frame = pd.read_csv(Path(data) / name, sep=";", encoding=encoding, dtype=str)
    for column in dates:
        frame[column] = pd.to_datetime(frame[column], format="%d-%m-%Y", errors="coerce")
    return frame


# %%
conversations = read("samtaler.csv", "cp1252", ["Henvendt", "Bestilt", "Tilbudt", "Afholdt"])
held = conversations[
    conversations["Status"].eq("Afholdt") & conversations["Samtaletype"].ne("Akut")
]
bills = read("regninger.csv", "utf-8-sig", ["Modtaget", "Forfaldsdato"])
steps = read("regninger_trin.csv", "cp1252", [])
steps["Tidspunkt"] = pd.to_datetime(steps["Tidspunkt"], format="%d-%m-%Y %H:%M:%S", errors="coerce")
paid = steps[steps["Trin"].eq("Betalt")].groupby("Regnings-ID")["Tidspunkt"].max()
bills["paid"] = bills["Regnings-ID"].map(paid).dt.normalize()
applications = read("ansoegninger.csv", "cp1252", ["Modtaget", "Afgjort"])
housing = applications[applications["Ydelse"].eq("Boligsikring") & applications["Afgjort"].notna()]
figures = {
    "conversations within 10 days": (
        held["Afholdt"],
        (held["Afholdt"] - held["Henvendt"].fillna(held["Bestilt"])).dt.days <= 10,
        0.90,
    ),
    "payments on time": (bills["Forfaldsdato"], bills["paid"] <= bills["Forfaldsdato"], 0.95),
    "housing benefit within 5 days": (
        housing["Afgjort"],
        (housing["Afgjort"] - housing["Modtaget"]).dt.days <= 5,
        1.0,
    ),
}

# %%
rows = []
for name, (date, met, target) in figures.items():
    by_quarter = met.groupby(date.dt.to_period("Q")).agg(["sum", "count", "mean"])
    now, before = by_quarter.loc[quarter], by_quarter.loc[str(pd.Period(quarter, freq="Q") - 1)]
    rows.append(
        {
            "target": name,
            "value": now["mean"],
            "of": int(now["count"]),
            "goal": target,
            "status": "met" if now["mean"] >= target else "not met",
            "change": now["mean"] - before["mean"],
        }
    )
table = pd.DataFrame(rows)
display(table.style.format({"value": "{:.1%}", "goal": "{:.0%}", "change": "{:+.1%}"}).hide())

# %%
missed = table[table["status"] == "not met"]["target"]
display(
    Markdown("\n".join(f"- **{name}**: {COMMENTS.get(name, 'No comment.')}" for name in missed))
)

# %%
for name, (date, met, target) in figures.items():
    monthly = met.groupby(date.dt.to_period("M")).mean().loc["2018-01":"2019-12"]
    _, axes = plt.subplots(figsize=(8, 3))
    axes.plot(monthly.index.to_timestamp(), monthly, marker="o")
    axes.axhline(target, color="black", linestyle="--")
    axes.set_title(name)
    plt.show()

# %%
display(held["Kontor"].value_counts())
display(
    conversations.groupby([conversations["Afholdt"].dt.to_period("Q"), "Samtaletype"])
    .size()
    .unstack()
)
