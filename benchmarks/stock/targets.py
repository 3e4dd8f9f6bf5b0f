# %% [markdown]
# # Service targets
# Each target's share by quarter, with a control chart of its months.

# %% tags=["parameters"]
quarter = ""
data = ""
as_of = "2020-01-15"

# %%
from pathlib import Path

import holidays
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display

day = pd.Timestamp(as_of)
greenland = holidays.country_holidays("GL", years=range(2016, 2021))
closed = np.array(
    sorted(
        [
            *greenland,
            *(pd.Timestamp(f"{y}-12-{d}").date() for y in range(2016, 2021) for d in (24, 31)),
        ]
    ),
    dtype="datetime64[D]",
)


def read(name, encoding, dates):
    frame = pd.read_csv(Path(data) / name, sep=";", encoding=encoding, dtype=str)
    for column in dates:
        frame[column] = pd.to_datetime(frame[column], format="%d-%m-%Y", errors="coerce")
    return frame


def working_days(start, stop):
    known = start.notna() & stop.notna()
    counted = pd.Series(np.nan, index=start.index)
    counted[known] = np.busday_count(
        start[known].to_numpy("datetime64[D]"),
        stop[known].to_numpy("datetime64[D]"),
        holidays=closed,
    )
    return counted


# %%
conversations = read("samtaler.csv", "cp1252", ["Henvendt", "Bestilt", "Tilbudt", "Afholdt"])
conversations = conversations.drop_duplicates("Samtale-ID")
held = conversations[
    conversations["Status"].eq("Afholdt") & conversations["Samtaletype"].ne("Akut")
]
applications = read("ansoegninger.csv", "cp1252", ["Modtaget", "Afgjort"]).drop_duplicates(
    "Sagsnr."
)
bills = read("regninger.csv", "utf-8-sig", ["Modtaget", "Forfaldsdato"]).drop_duplicates(
    "Regnings-ID"
)
steps = read("regninger_trin.csv", "cp1252", [])
steps["Tidspunkt"] = pd.to_datetime(steps["Tidspunkt"], format="%d-%m-%Y %H:%M:%S", errors="coerce")
paid = steps[steps["Trin"].eq("Betalt")].groupby("Regnings-ID")["Tidspunkt"].max()
approved = steps[steps["Trin"].eq("Godkendt")].groupby("Regnings-ID")["Tidspunkt"].max()
bills = bills.assign(
    paid=bills["Regnings-ID"].map(paid).dt.normalize(),
    approved=bills["Regnings-ID"].map(approved).dt.normalize(),
)
groups = read("matchgrupper.csv", "utf-8-sig", ["Fra", "Til"])
book = pd.read_excel(
    Path(data) / "handlingsplaner.xlsx", sheet_name=None, dtype=str, engine="calamine"
)
plans = book["Handlingsplaner"]
plans["Udarbejdet"] = pd.to_datetime(
    plans["Udarbejdet"], format="mixed", dayfirst=True, errors="coerce"
)
plans["Afsluttet"] = pd.to_datetime(
    plans["Afsluttet"], format="mixed", dayfirst=True, errors="coerce"
)
roster = read("vagtplan.csv", "utf-8-sig", ["Dato"])
windows = read("telefontid.csv", "utf-8-sig", ["Dato"])

# %%
series = {
    "conversations within 10 days": (
        held["Afholdt"],
        (held["Afholdt"] - held["Henvendt"].fillna(held["Bestilt"])).dt.days <= 10,
        0.9,
    ),
    "conversations within 14 days": (
        held["Afholdt"],
        (held["Afholdt"] - held["Bestilt"]).dt.days <= 14,
        1.0,
    ),
}
due = bills[
    bills["Bilagstype"].eq("Regning") & bills["Forfaldsdato"].le(day) & bills["approved"].notna()
]
series["payments on time"] = (due["Forfaldsdato"], due["paid"] <= due["Forfaldsdato"], 0.95)
other = applications[applications["Ydelse"].eq("Anden ydelse") & applications["Afgjort"].notna()]
series["applications within 10 working days"] = (
    other["Afgjort"],
    working_days(other["Modtaget"], other["Afgjort"]) <= 10,
    1.0,
)
housing = applications[applications["Ydelse"].eq("Boligsikring") & applications["Afgjort"].notna()]
series["housing benefit within 5 days"] = (
    housing["Afgjort"],
    (housing["Afgjort"] - housing["Modtaget"]).dt.days <= 5,
    1.0,
)
series["phone hours"] = (
    windows["Dato"],
    windows["Åben (min.)"] == windows["Planlagt (min.)"],
    1.0,
)
pension = applications[
    applications["Ydelse"].eq("Førtidspension") & applications["Afgjort"].notna()
]
days = (pension["Afgjort"] - pension["Modtaget"]).dt.days

# %%
by_quarter = pd.DataFrame(
    {
        name: met.groupby(date.dt.to_period("Q")).mean().loc["2018Q1":quarter]
        for name, (date, met, _) in series.items()
    }
)
display(by_quarter.style.format("{:.1%}"))
display(days.groupby(pension["Afgjort"].dt.to_period("Q")).describe())

# %%
active = groups[groups["Matchgruppe"].eq("3") & groups["Fra"].le(day) & ~groups["Til"].lt(day)]
with_plan = plans[plans["Udarbejdet"].le(day) & ~plans["Afsluttet"].le(day)]["CPR-nr."]
display(active["CPR-nr."].isin(with_plan).agg(["sum", "count", "mean"]))
display(roster.groupby([roster["Dato"].dt.to_period("Q"), "Tjeneste"]).size().unstack())


# %%
def chart(name):
    date, met, target = series[name]
    monthly = met.groupby(date.dt.to_period("M")).mean().loc["2018-01":"2019-12"]
    limits = 2.66 * monthly.diff().abs().mean()
    _, axes = plt.subplots(figsize=(8, 3))
    axes.plot(monthly.index.to_timestamp(), monthly, marker="o")
    axes.axhline(target, color="black", linestyle="--")
    axes.axhspan(monthly.mean() - limits, monthly.mean() + limits, alpha=0.2)
    axes.set_title(name)
    plt.show()


for name in series:
    chart(name)
