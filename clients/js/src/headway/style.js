/**
 * The element's own style, in its shadow root. A constructed sheet: a strict content security policy allows it.
 *
 * Themable by the custom properties of `:host`; they default to Headway's own colours, light and dark.
 */

const CSS = /* css */ `
:host {
  --_accent: var(--headway-accent, light-dark(oklch(0.47 0.11 155), oklch(0.78 0.14 155)));
  --_on-accent: var(--headway-on-accent, light-dark(oklch(1 0 0), oklch(0.2 0.02 155)));
  --_ink: var(--headway-ink, light-dark(oklch(0.25 0.01 80), oklch(0.93 0.006 90)));
  --_muted: var(--headway-muted, light-dark(oklch(0.47 0.012 80), oklch(0.75 0.01 90)));
  --_surface: var(--headway-surface, light-dark(oklch(1 0 0), oklch(0.23 0.008 90)));
  --_rail: var(--headway-rail, light-dark(oklch(0.62 0.012 85), oklch(0.58 0.012 85)));
  --_warn: var(--headway-warn, light-dark(oklch(0.5 0.11 70), oklch(0.82 0.13 80)));
  --_bad: var(--headway-bad, light-dark(oklch(0.5 0.18 27), oklch(0.76 0.14 25)));
  --_radius: var(--headway-radius, 10px);
  display: block;
  color: var(--_ink);
  font: var(--headway-font, inherit);
  font-variant-numeric: tabular-nums;
  line-height: 1.5;
  container-type: inline-size;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; padding: 0; }
section { display: grid; gap: 12px; --_line: var(--headway-line, var(--_accent)); --_end: var(--_line); }
section:lang(ar) { line-height: 1.75; }
.head { display: flex; align-items: baseline; gap: 12px; flex-wrap: wrap; }
.headline { font-weight: 600; }
.percent { margin-inline-start: auto; font-size: 1.5em; font-weight: 600; line-height: 1; }
.badge {
  font-size: 0.875em; color: var(--_warn); border: 1px solid currentColor;
  border-radius: 99px; padding: 0 8px;
}
.line { position: relative; block-size: 16px; margin-inline: 6px; }
.line::before {
  content: ""; position: absolute; inset-block: 4px; inset-inline: -4px;
  border: 1.5px solid var(--_rail); border-radius: 99px;
}
.fill {
  position: absolute; inset-block: 4px; inset-inline-start: -4px; min-inline-size: 4px;
  border-radius: 99px; background: var(--_line); transition: inline-size 200ms ease-out;
}
.stop, .marker {
  position: absolute; inset-block-start: 50%; translate: -50% -50%; border-radius: 50%;
}
[dir="rtl"] .stop, [dir="rtl"] .marker { translate: 50% -50%; }
.stop { inline-size: 12px; block-size: 12px; background: var(--_surface); border: 2px solid var(--_rail); }
.stop[data-state="done"] { background: var(--_line); border-color: var(--_line); }
.marker {
  inline-size: 16px; block-size: 16px; background: var(--_surface); border: 5px solid var(--_end);
  transition: inset-inline-start 200ms ease-out;
}
.stations {
  display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; font-size: 0.875em; color: var(--_muted);
}
.stations li { display: flex; align-items: center; gap: 8px; }
.stations li[data-state="here"] { color: var(--_ink); font-weight: 600; }
.stations li[data-state="done"] { color: var(--_ink); }
.glyph {
  flex: none; inline-size: 14px; block-size: 14px; border: 2px solid var(--_rail); border-radius: 50%;
  display: grid; place-items: center;
}
[data-state="here"] > .glyph { border: 4px solid var(--_line); }
[data-state="stopped"] > .glyph { border: 4px double var(--_end); }
[data-state="done"] > .glyph { background: var(--_line); border-color: var(--_line); }
[data-state="done"] > .glyph::after {
  content: ""; inline-size: 6px; block-size: 3px; translate: 0 -1px; rotate: -45deg;
  border: solid var(--_on-accent); border-width: 0 0 2px 2px;
}
.step { max-inline-size: 70ch; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; color: var(--_muted); font-size: 0.875em; }
.failure { display: grid; gap: 4px; border-inline-start: 3px solid var(--_bad); padding-inline-start: 12px; max-inline-size: 70ch; }
.failure .rest { color: var(--_muted); font-size: 0.875em; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.actions .note { color: var(--_muted); font-size: 0.875em; }
button {
  font: inherit; color: var(--_ink); background: transparent; min-block-size: 40px; padding: 4px 16px;
  border: 1px solid var(--_rail); border-radius: var(--_radius); cursor: pointer;
}
button:hover:enabled { border-color: currentColor; }
button.main { background: var(--_accent); border-color: var(--_accent); color: var(--_on-accent); font-weight: 600; }
button.danger { color: var(--_bad); border-color: currentColor; }
button:disabled { color: var(--_muted); cursor: default; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
.sr { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
section[data-mood="failed"] { --_end: var(--_bad); }
section[data-mood="cancelled"], section[data-mood="cancelling"] { --_end: var(--_muted); }
section[data-mood="warned"] { --_line: var(--_warn); }
section[data-mood="failed"] .headline { color: var(--_bad); }
section[data-mood="warned"] .headline { color: var(--_warn); }
section[data-mood="done"] .marker, section[data-mood="warned"] .marker { display: none; }
@media (prefers-reduced-motion: reduce) { .fill, .marker { transition: none; } }
@media print { .actions, .badge { display: none; } }
@media (forced-colors: active) {
  .fill, .stop[data-state="done"], [data-state="done"] > .glyph { background: Highlight; forced-color-adjust: none; }
}
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** The one sheet that all elements of a page share. */
export function style() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
