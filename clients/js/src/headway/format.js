/**
 * Numbers, times and spans in the language of whoever looks, by `Intl`.
 *
 * Digits are Latin in every language, since the server's own texts ("chunk 3 of 5") and the bands have them too.
 */

/** @param {string} lang */
const locale = (lang) => `${lang}-u-nu-latn`;

/**
 * @param {string} lang
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export const number = (lang, value, options) => new Intl.NumberFormat(locale(lang), options).format(value);

/**
 * A quantity with its unit: "12 sec", "3 min".
 *
 * @param {string} lang
 * @param {number} value
 * @param {"second" | "minute" | "hour" | "day" | "millisecond"} unit
 */
export function amount(lang, value, unit) {
  return number(lang, value, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 });
}

/**
 * A span that has passed: "12 ms", "0.3 sec", "42 sec", "3 min 20 sec", "1 hr 5 min".
 *
 * @param {string} lang
 * @param {number} seconds
 */
export function duration(lang, seconds) {
  if (seconds > 0 && seconds < 0.1) return amount(lang, Math.max(1, Math.round(seconds * 1000)), "millisecond");
  if (seconds < 10) return amount(lang, Math.max(0, seconds), "second");
  const whole = Math.round(seconds);
  if (whole < 60) return amount(lang, whole, "second");
  const [big, unit, small, rest] =
    whole < 3600
      ? /** @type {const} */ ([Math.floor(whole / 60), "minute", "second", whole % 60])
      : /** @type {const} */ ([Math.floor(whole / 3600), "hour", "minute", Math.floor((whole % 3600) / 60)]);
  return rest ? `${amount(lang, big, unit)} ${amount(lang, rest, small)}` : amount(lang, big, unit);
}

/**
 * An estimate as a range, since it is one: "20–30 sec", "2–3 min". Null under ten seconds.
 *
 * @param {string} lang
 * @param {number} seconds
 * @returns {string | null}
 */
export function range(lang, seconds) {
  if (seconds < 10) return null;
  /** @type {[number, "second" | "minute" | "hour"]} */
  const [step, unit] = seconds < 60 ? [1, "second"] : seconds < 3600 ? [60, "minute"] : [3600, "hour"];
  const grain = unit === "second" ? 10 : 1;
  const low = Math.max(1, Math.floor((seconds * 0.8) / step / grain)) * grain;
  const high = Math.max(low + grain, Math.ceil((seconds * 1.2) / step / grain) * grain);
  const format = new Intl.NumberFormat(locale(lang), { style: "unit", unit, unitDisplay: "short" });
  return format.formatRange(low, high);
}

/**
 * @param {string} lang
 * @param {string} iso
 * @param {Intl.DateTimeFormatOptions} [options]
 */
export function date(lang, iso, options = { dateStyle: "medium", timeStyle: "short" }) {
  return new Intl.DateTimeFormat(locale(lang), options).format(new Date(iso));
}

/**
 * How long ago: "3 minutes ago".
 *
 * @param {string} lang
 * @param {string} iso
 * @param {number} [now]   `Date.now()` by the server's clock.
 */
export function relative(lang, iso, now = Date.now()) {
  const seconds = (Date.parse(iso) - now) / 1000;
  const size = Math.abs(seconds);
  /** @type {[number, Intl.RelativeTimeFormatUnit]} */
  const [step, unit] =
    size < 60 ? [1, "second"] : size < 3600 ? [60, "minute"] : size < 86_400 ? [3600, "hour"] : [86_400, "day"];
  const format = new Intl.RelativeTimeFormat(locale(lang), { numeric: "auto" });
  return format.format(Math.round(seconds / step), unit);
}
