# %% [markdown]
# # Payments
# On time or not, and which stage takes the time.

# %% tags=["parameters"]
quarter = ""
data = ""
as_of = "2020-01-15"

# %%
from itertools import pairwise
from pathlib import Path

import holidays
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display

STAGES = ["Modtaget", "Godkendt", "Sendt til økonomi", "Bogført", "Betalt"]
closed = np.array(
    sorted(holidays.country_holidays("GL", years=range(2016, 2021))), dtype="datetime64[D]"
)

# %%
bills = pd.read_csv(Path(data) / "regninger.csv", sep=";", encoding="utf-8-sig", dtype=str)
bills = bills[bills["Bilagstype"].eq("Regning")].drop_duplicates("Regnings-ID")
for column in ("Modtaget", "Forfaldsdato"):
    bills[column] = pd.to_datetime(bills[column], format="%d-%m-%Y", errors="coerce")
steps = pd.read_csv(Path(data) / "regninger_trin.csv", sep=";", encoding="cp1252", dtype=str)
steps["Tidspunkt"] = pd.to_datetime(steps["Tidspunkt"], format="%d-%m-%Y %H:%M:%S", errors="coerce")
dates = steps.pivot_table(index="Regnings-ID", columns="Trin", values="Tidspunkt", aggfunc="max")
cases = bills.merge(
    dates.drop(columns="Modtaget"), left_on="Regnings-ID", right_index=True, validate="1:1"
)

# %%
for before, after in pairwise(STAGES):
    known = cases[before].notna() & cases[after].notna()
    cases.loc[known, f"{before} - {after}"] = np.busday_count(
        cases.loc[known, before].to_numpy("datetime64[D]"),
        cases.loc[known, after].to_numpy("datetime64[D]"),
        holidays=closed,
    )
names = [f"{before} - {after}" for before, after in pairwise(STAGES)]
cases["quarter"] = cases["Forfaldsdato"].dt.to_period("Q")
cases["on_time"] = cases["Betalt"].dt.normalize() <= cases["Forfaldsdato"]
now = cases[cases["quarter"] == pd.Period(quarter, freq="Q")]
display(cases.groupby("quarter")["on_time"].agg(["mean", "sum", "count"]))

# %%
display(now.groupby("on_time")[names].describe(percentiles=[0.5, 0.9]).T)
norms = now[now["on_time"]][names].median()
excess = (now[~now["on_time"]][names] - norms).clip(lower=0)
display(excess.dropna(how="all").idxmax(axis=1).value_counts())
display(now.groupby("Kontor")["on_time"].agg(["mean", "count"]))

# %%
_, axes = plt.subplots(figsize=(8, 3))
cases.groupby(cases["Forfaldsdato"].dt.to_period("M"))[names].median().loc[
    "2018-01":"2019-12"
].plot(ax=axes)
axes.set_title("Median working days in each stage")
plt.show()

# %%
days = pd.date_range("2018-01-01", as_of, freq="ME")
queue = pd.DataFrame(
    {
        name: [int(((cases[before] <= end) & ~(cases[after] <= end)).sum()) for end in days]
        for name, (before, after) in zip(names, pairwise(STAGES), strict=True)
    },
    index=days,
)
_, axes = plt.subplots(figsize=(8, 3))
queue.plot(ax=axes)
axes.set_title("Queue in each stage at the end of the month")
plt.show()

# %%
weeks = pd.date_range("2019-07-01", as_of, freq="W")
reached = pd.DataFrame(
    {stage: [(cases[stage] <= week).sum() for week in weeks] for stage in STAGES}, index=weeks
)
_, axes = plt.subplots(figsize=(8, 3))
for stage in STAGES:
    axes.plot(reached.index, reached[stage], label=stage)
axes.legend()
axes.set_title("How far bills had come")
plt.show()

# %%
order = steps.sort_values(["Regnings-ID", "Tidspunkt"], kind="stable")
order["next"] = order.groupby("Regnings-ID")["Trin"].shift(-1)
display(order.groupby(["Trin", "next"]).size().sort_values(ascending=False).head(15))
display(now.groupby(now["Betalt"].dt.day_of_week)["on_time"].agg(["mean", "count"]))
