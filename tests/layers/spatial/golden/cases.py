"""What is compared with torch: case -> (layer, names of the inputs, settings, which torch calls alike)."""

_CONV = ({}, {"stride": 2}, {"padding": 1}, {"stride": (3, 2), "padding": (2, 1)})
_POOL = ({}, {"size": 3, "stride": 2}, {"size": (3, 2), "stride": (1, 2), "padding": 1}, {"size": (2, 5)})

CASES = {
    f"{layer} {settings} {'coarse' if 'coarse' in names else ''}": (layer, names, settings)
    for layer, all_settings, all_names in (
        ("conv2d", _CONV, [("x", "w", "b")]),
        ("conv2d_without_bias", _CONV, [("x", "w")]),
        ("max_pool2d", _POOL, [("x",), ("coarse",)]),
        ("average_pool2d", _POOL, [("x",)]),
        ("flatten", ({},), [("x",)]),
        ("image", ({"shape": (2, 3, 4)},), [("rows",)]),
    )
    for settings in all_settings
    for names in all_names
}
