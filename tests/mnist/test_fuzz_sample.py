"""A sample of the corrupt-file campaign (`tests/campaigns/fuzz_files.py`): exact data or one error, nothing else."""

import sys
from pathlib import Path

import pytest

CAMPAIGNS = str(Path(__file__).parents[1] / "campaigns")
SAMPLE = 150


@pytest.fixture(scope="module")
def campaign():
    sys.path.insert(0, CAMPAIGNS)
    try:
        import fuzz_files
    finally:
        sys.path.remove(CAMPAIGNS)
    return fuzz_files


@pytest.mark.parametrize("form", ["idx", "idx.gz", "npz", "pkl.gz"])
def test_damaged_files_give_exact_data_or_one_error(campaign, tmp_path, form):
    outcomes = {}
    for index in range(SAMPLE):
        kind, ours = campaign.run_case(campaign.ours, form, index, 1, tmp_path)
        outcomes.setdefault(ours, []).append(f"{form}:{index} {kind}")
    assert set(outcomes) == {"exact", "refused"}, {key: cases[:5] for key, cases in outcomes.items()}
    assert len(outcomes["refused"]) > SAMPLE // 2


def test_the_campaign_sees_a_reader_that_errs(campaign, tmp_path, monkeypatch):
    """The usual loader is silently wrong on some of the same files; put in the place of ours, it is caught."""

    def outcomes(reader, form):
        return {campaign.run_case(reader, form, index, 1, tmp_path)[1] for index in range(60)}

    assert "silently wrong" in outcomes(campaign.naive, "idx.gz")
    monkeypatch.setattr(campaign, "check_sums", lambda *args, **settings: None)
    assert "silently wrong" in outcomes(campaign.ours, "idx")
    monkeypatch.setattr(campaign, "read_source", lambda source: 1 // 0)
    assert outcomes(campaign.ours, "idx") == {"other error"}


def test_the_cases_repeat(campaign):
    for form in campaign.FORMATS:
        one, two, other = campaign.case(form, 7, 1), campaign.case(form, 7, 1), campaign.case(form, 7, 2)
        assert one == two != other
