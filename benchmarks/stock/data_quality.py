# %% [markdown]
# # Data quality
# The extracts, checked by Great Expectations on pandas.

# %% tags=["parameters"]
quarter = ""
data = ""
as_of = "2020-01-15"

# %%
from pathlib import Path

import great_expectations as gx
import great_expectations.expectations as gxe
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display

day = pd.Timestamp(as_of)


def read(name, encoding, dates, **more):
    frame = pd.read_csv(Path(data) / name, sep=";", encoding=encoding, dtype=str, **more)
    for column in dates:
        frame[column] = pd.to_datetime(frame[column], format="%d-%m-%Y", errors="coerce")
    return frame


# %%
conversations = read("samtaler.csv", "cp1252", ["Henvendt", "Bestilt", "Tilbudt", "Afholdt"])
groups = read("matchgrupper.csv", "utf-8-sig", ["Fra", "Til"])
applications = read("ansoegninger.csv", "cp1252", ["Modtaget", "Afgjort"])
waits = read("ansoegninger_venter.csv", "cp1252", ["Venter fra", "Venter til"])
bills = read("regninger.csv", "utf-8-sig", ["Modtaget", "Forfaldsdato"])
amounts = bills["Beløb"].str.replace(".", "").str.replace(",", ".")
bills["Beløb"] = pd.to_numeric(amounts, errors="coerce")
steps = read("regninger_trin.csv", "cp1252", [])
steps["Tidspunkt"] = pd.to_datetime(steps["Tidspunkt"], format="%d-%m-%Y %H:%M:%S", errors="coerce")
steps["Tidspunkt"] = (
    steps["Tidspunkt"]
    .dt.tz_localize("Europe/Copenhagen", ambiguous="NaT", nonexistent="NaT")
    .dt.tz_convert("America/Nuuk")
    .dt.tz_localize(None)
)
roster = read("vagtplan.csv", "utf-8-sig", ["Dato"])
windows = read("telefontid.csv", "utf-8-sig", ["Dato"])
book = pd.read_excel(
    Path(data) / "handlingsplaner.xlsx", sheet_name=None, dtype=str, engine="calamine"
)
plans, follow_ups = book["Handlingsplaner"], book["Opfølgninger"]

# %%
milestones = steps.pivot_table(
    index="Regnings-ID", columns="Trin", values="Tidspunkt", aggfunc="max"
).reset_index()
paid = bills.merge(milestones, on="Regnings-ID", how="left", validate="m:1", suffixes=("", "_trin"))

# %%
tables = {
    "conversations": (
        conversations,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="Samtale-ID"),
            gxe.ExpectColumnValuesToNotBeNull(column="CPR-nr."),
            gxe.ExpectColumnValuesToNotBeNull(column="Bestilt"),
            gxe.ExpectColumnValuesToBeUnique(column="Samtale-ID"),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=["CPR-nr.", "Afholdt", "Samtaletype"]),
            gxe.ExpectColumnValuesToMatchRegex(column="CPR-nr.", regex=r"^\d{6}-?\d{4}$"),
            gxe.ExpectColumnValuesToBeInSet(
                column="Samtaletype", value_set=["Kalendersat", "Akut", "Hjemmebesøg", "Telefon"]
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="Status", value_set=["Afholdt", "Åben", "Udeblevet", "Aflyst"]
            ),
            gxe.ExpectColumnValuesToBeInSet(column="Kommunekode", value_set=["956"]),
            gxe.ExpectColumnValuesToBeBetween(column="Afholdt", max_value=day),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="Afholdt",
                column_B="Bestilt",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="Afholdt",
                column_B="Henvendt",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
        ],
    ),
    "match_groups": (
        groups,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="CPR-nr."),
            gxe.ExpectColumnValuesToMatchRegex(column="CPR-nr.", regex=r"^\d{6}-?\d{4}$"),
            gxe.ExpectColumnValuesToBeInSet(column="Matchgruppe", value_set=["1", "2", "3"]),
            gxe.ExpectColumnValuesToBeInSet(column="Kommunekode", value_set=["956"]),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="Til",
                column_B="Fra",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
        ],
    ),
    "applications": (
        applications,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="Sagsnr."),
            gxe.ExpectColumnValuesToBeUnique(column="Sagsnr."),
            gxe.ExpectColumnValuesToNotBeNull(column="Modtaget"),
            gxe.ExpectColumnValuesToMatchRegex(column="CPR-nr.", regex=r"^\d{6}-?\d{4}$"),
            gxe.ExpectColumnValuesToMatchRegex(column="J.nr.", regex=r"^[A-Z]{3}-\d{4}-\d{5,6}$"),
            gxe.ExpectColumnValuesToBeInSet(
                column="Ydelse", value_set=["Boligsikring", "Førtidspension", "Anden ydelse"]
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="Resultat", value_set=["TILSAGN", "AFSLAG", "TRUKKET"]
            ),
            gxe.ExpectColumnValuesToBeBetween(column="Afgjort", max_value=day),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="Afgjort",
                column_B="Modtaget",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
        ],
    ),
    "application_waits": (
        waits,
        [
            gxe.ExpectColumnValuesToBeInSet(
                column="Sagsnr.", value_set=applications["Sagsnr."].dropna().unique().tolist()
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="Venter til",
                column_B="Venter fra",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
        ],
    ),
    "bills": (
        paid,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="Regnings-ID"),
            gxe.ExpectColumnValuesToBeUnique(column="Regnings-ID"),
            gxe.ExpectColumnValuesToNotBeNull(column="Forfaldsdato"),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=["Leverandørnr.", "Fakturanr."]),
            gxe.ExpectColumnValuesToBeBetween(column="Beløb", min_value=0, strict_min=True),
            gxe.ExpectColumnValuesToBeInSet(
                column="Bilagstype", value_set=["Regning", "Kreditnota", "Ydelseskørsel"]
            ),
            gxe.ExpectColumnValuesToBeBetween(column="Modtaget", max_value=day),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="Betalt",
                column_B="Godkendt",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="Forfaldsdato",
                column_B="Modtaget",
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            ),
        ],
    ),
    "bill_steps": (
        steps,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="Tidspunkt"),
            gxe.ExpectColumnValuesToNotBeNull(column="Regnings-ID"),
            gxe.ExpectColumnValuesToBeBetween(column="Tidspunkt", max_value=day),
            gxe.ExpectColumnValuesToBeInSet(
                column="Regnings-ID", value_set=bills["Regnings-ID"].dropna().unique().tolist()
            ),
        ],
    ),
    "action_plans": (
        plans,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="Plan-ID"),
            gxe.ExpectColumnValuesToBeUnique(column="Plan-ID"),
            gxe.ExpectColumnValuesToNotBeNull(column="Udarbejdet"),
        ],
    ),
    "follow_ups": (
        follow_ups,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="Opfølgnings-ID"),
            gxe.ExpectColumnValuesToBeInSet(
                column="Plan-ID", value_set=plans["Plan-ID"].dropna().unique().tolist()
            ),
        ],
    ),
    "duty_roster": (
        roster,
        [
            gxe.ExpectColumnValuesToNotBeNull(column="Sagsbehandler"),
            gxe.ExpectColumnValuesToBeInSet(
                column="Tjeneste", value_set=["Sagsbehandling", "Akutvagt", "Fravær"]
            ),
        ],
    ),
    "phone_windows": (windows, [gxe.ExpectColumnValuesToNotBeNull(column="Dato")]),
}

# %%
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
source = context.data_sources.add_pandas("extracts")
rows = []
for name, (frame, expectations) in tables.items():
    suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
    batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
    definition = gx.ValidationDefinition(name=name, data=batch, suite=suite)
    result = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame},
        result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
    )
    rows += [
        {
            "table": name,
            "rule": one.expectation_config.type,
            "column": one.expectation_config.kwargs.get("column", ""),
            "rows": len(frame),
            "broken": one.result.get("unexpected_count", 0),
        }
        for one in result.results
    ]
findings = pd.DataFrame(rows)
display(findings)

# %%
broken = findings.groupby("table")["broken"].sum().sort_values()
_, axes = plt.subplots(figsize=(8, 3))
axes.barh(broken.index, broken)
axes.set_title("Broken rows by table")
plt.show()

# %%
closed = np.array(["2019-12-24", "2019-12-25", "2019-12-26", "2019-12-31"], dtype="datetime64[D]")
start = pd.Period(quarter, freq="Q")
display(
    pd.Series(
        {
            "working days": np.busday_count(
                np.datetime64(start.start_time, "D"),
                np.datetime64((start + 1).start_time, "D"),
                holidays=closed,
            ),
            "rows read": int(sum(len(frame) for frame, _ in tables.values())),
        }
    )
)
