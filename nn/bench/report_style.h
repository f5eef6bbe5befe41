// SPDX-License-Identifier: Apache-2.0
// How the page of nn/bench/report.h looks. The colours are the viewer's (viewer/theme.cpp), which
// people who are colour-blind can tell apart.
#pragma once

#include <string_view>

namespace lemnos::bench {

inline constexpr std::string_view report_style = R"css(
:root {
  color-scheme: light dark;
  --page: #eef0f4; --surface: #ffffff; --raised: #e9ecf1; --border: #d5dae2; --grid: #e6e9ee;
  --text: #1a1e26; --muted: #626b7a; --good: #00805a; --warning: #a86a00; --bad: #c2281d;
  --c1: #0072b2; --c2: #d55e00; --c3: #009e73; --c4: #a08a00;
  --c5: #b0558a; --c6: #c98600; --c7: #4057c9; --c8: #4a5160;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1115; --surface: #171a21; --raised: #232833; --border: #2a303c; --grid: #262c37;
    --text: #e6e9ef; --muted: #8e97a8; --good: #2fc48d; --warning: #e69f00; --bad: #ff6b5e;
    --c1: #56b4e9; --c2: #e69f00; --c3: #2fc48d; --c4: #f0e442;
    --c5: #cc79a7; --c6: #ff7a45; --c7: #7f9cff; --c8: #c9ced8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 40px 20px 60px; background: var(--page); color: var(--text);
  font: 15px/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 1120px; margin: 0 auto; }
h1 { margin: 0; font-size: 32px; line-height: 1.2; letter-spacing: -0.02em; font-weight: 650; }
h2 { margin: 0 0 2px; font-size: 18px; font-weight: 650; letter-spacing: -0.01em; }
h3 .swatch { margin-right: 4px; }
h3 { margin: 22px 0 6px; font-size: 15px; font-weight: 600; }
p { margin: 0 0 10px; }
.above { margin: 0 0 6px; color: var(--muted); font-weight: 500; }
.faint { color: var(--muted); fill: var(--muted); }
section {
  margin-top: 20px; padding: 22px 28px 20px; background: var(--surface);
  border: 1px solid var(--border); border-radius: 12px;
}
.facts { display: flex; flex-wrap: wrap; gap: 6px 30px; margin: 14px 0 0; }
h3 + .facts { margin-top: 4px; }
.facts div { display: flex; gap: 8px; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; }
.scores { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; margin-top: 12px; }
.scores > div { padding-left: 14px; border-left: 3px solid var(--border); }
.scores b { display: block; font-size: 30px; line-height: 1.25; font-weight: 650;
            letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.scores small { color: var(--muted); font-size: 13px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 4px 0 8px; color: var(--muted);
          font-size: 13px; }
.legend span { display: inline-flex; align-items: center; gap: 7px; }
.plot { display: block; width: 100%; height: auto; overflow: visible; font-size: 12px; }
.plot text { fill: var(--text); font-variant-numeric: tabular-nums; }
.plot .tick { fill: var(--muted); font-size: 11.5px; }
.plot .label { font-size: 10.5px; paint-order: stroke; stroke: var(--surface); stroke-width: 3px;
               stroke-linejoin: round; }
.plot .mark { font-size: 11.5px; font-weight: 500; }
.plot .faint { fill: var(--muted); }
.plot .small { font-size: 10.5px; }
.plot .name { font-size: 12.5px; }
.plot .bad-ink { fill: var(--bad); font-weight: 600; }
.plot .doubt-ink { fill: var(--warning); }
.grid { stroke: var(--grid); fill: none; }
.axis { stroke: var(--border); fill: none; stroke-width: 1.5; }
.slope { stroke: var(--muted); fill: none; stroke-width: 2; }
.roof { fill: none; stroke-width: 2; }
.dashed { stroke-dasharray: 6 5; }
.track { fill: var(--raised); opacity: 0.55; }
.point { stroke: var(--surface); stroke-width: 1.25; }
.hollow { fill: var(--surface); stroke-width: 2; }
.wrong { stroke: var(--bad); stroke-width: 2.5; fill: none; stroke-linecap: round; }
.fill:hover, .hollow:hover { opacity: 0.75; }
.bad { fill: var(--bad); }
.p-f32, .d-1 { --ink: var(--c1); }
.p-f16, .d-2 { --ink: var(--c2); }
.p-bf16, .d-3 { --ink: var(--c3); }
.p-int8, .d-5 { --ink: var(--c5); }
.p-other, .d-8 { --ink: var(--c8); }
.d-4 { --ink: var(--c4); }
.d-6 { --ink: var(--c6); }
.d-7 { --ink: var(--c7); }
.fill { fill: var(--ink); }
.fill.bad { fill: var(--bad); }
.stroke { stroke: var(--ink); }
.plot .ink { fill: var(--ink); }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px;
          background: var(--ink); }
.swatch.round { border-radius: 50%; }
.swatch.diamond { width: 9px; height: 9px; border-radius: 1px; transform: rotate(45deg); }
.swatch.gray { --ink: var(--muted); }
.swatch.open { background: none; border: 2px solid var(--ink); }
.cross { color: var(--bad); font-weight: 700; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13.5px;
        font-variant-numeric: tabular-nums; }
th { padding: 6px 0 6px 18px; color: var(--muted); font-weight: 500; text-align: right;
     border-bottom: 1px solid var(--border); white-space: nowrap; vertical-align: bottom; }
td { padding: 4px 0 4px 18px; text-align: right; border-bottom: 1px solid var(--grid);
     white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; text-align: left; white-space: normal; }
th:first-child { padding-top: 22px; color: var(--text); font-weight: 650; font-size: 14.5px; }
tr:first-child th:first-child { padding-top: 6px; }
td:last-child, th:last-child { text-align: left; }
td small { display: block; color: var(--muted); font-size: 12.5px; }
.pass { color: var(--good); }
.fail { color: var(--bad); font-weight: 650; }
.doubt { color: var(--warning); }
code { font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
       overflow-wrap: anywhere; }
footer { margin-top: 22px; color: var(--muted); font-size: 13px; }
@media (max-width: 760px) { .scores { grid-template-columns: repeat(2, 1fr); } }
@media print { body { padding: 0; } section { break-inside: avoid; } }
)css";

}  // namespace lemnos::bench
