/**
 * Every text of the element, in English and Arabic. A plural is an object by CLDR category.
 *
 * The element stands alone in pages of other sites, so its words are not in the server's catalogues.
 */

/** @typedef {Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} Plural */

const en = {
  pending: "Waiting in line",
  scheduled: "Starts {when}",
  processing: "Working",
  completed: "Done",
  failed: "It did not work",
  cancelled: "Cancelled",
  cancelling: "Cancelling…",
  accepted: "Accepted. You can close this page; the address keeps your place.",
  percent: "{n} %",
  loading: "Looking up the job",
  progress: "Progress",
  progressOf: "{name}: progress",
  parts: "{done} of {total}",
  elapsed: "{time} so far",
  waited: "{time} in line",
  took: "Took {time}",
  left: "about {range} left",
  leftFew: "a few seconds left",
  late: "longer than expected",
  next: "Next in line",
  place: "Number {n} in line",
  held: /** @type {Plural} */ ({ one: "{n} credit held", other: "{n} credits held" }),
  attempt: "Attempt {n} of {max}",
  cancel: "Cancel",
  cancelAsk: "{percent} is done. Cancel all the same?",
  cancelYes: "Yes, cancel",
  cancelNo: "Keep going",
  retry: "Retry",
  retryNote: "What is done is not paid again.",
  notify: "Tell me when it is done",
  notified: "You will be told when it is done.",
  reconnecting: "Reconnecting…",
  polling: "No live connection. Checking every few seconds.",
  denied: "Sign in to see this job.",
  missing: "There is no such job, or it is not yours.",
  gone: "This link is no longer valid.",
  refused: "The server refused to show this job.",
  trouble: "That did not reach the server. Try again.",
  failedWhy: "It stopped before the end and gave no reason.",
  keptParts: /** @type {Plural} */ ({ one: "{n} finished part is kept.", other: "{n} finished parts are kept." }),
  keptSteps: "What was finished is kept.",
  keptNothing: "Nothing was finished yet.",
  charged: /** @type {Plural} */ ({ one: "{n} credit was charged.", other: "{n} credits were charged." }),
  chargedNothing: "Nothing was charged.",
  partsFailed: /** @type {Plural} */ ({
    one: "{n} part failed; the rest is here.",
    other: "{n} parts failed; the rest is here.",
  }),
  quarter: "{percent} done",
};

/** @type {typeof en} */
const ar = {
  pending: "في قائمة الانتظار",
  scheduled: "يبدأ {when}",
  processing: "جارٍ العمل",
  completed: "اكتمل",
  failed: "تعذّر إكمال المهمة",
  cancelled: "أُلغيت",
  cancelling: "جارٍ الإلغاء…",
  accepted: "تم القبول. يمكنك إغلاق هذه الصفحة، فعنوانها يحفظ موضعك.",
  percent: "{n}٪",
  loading: "جارٍ البحث عن المهمة",
  progress: "التقدّم",
  progressOf: "{name}: التقدّم",
  parts: "{done} من {total}",
  elapsed: "مضى {time}",
  waited: "في الانتظار منذ {time}",
  took: "استغرقت {time}",
  left: "بقي نحو {range}",
  leftFew: "بقيت ثوانٍ قليلة",
  late: "أطول من المتوقع",
  next: "التالي في القائمة",
  place: "الترتيب {n} في القائمة",
  held: {
    zero: "لا رصيد محجوز",
    one: "رصيد واحد محجوز",
    two: "رصيدان محجوزان",
    few: "{n} أرصدة محجوزة",
    many: "{n} رصيدًا محجوزًا",
    other: "{n} رصيد محجوز",
  },
  attempt: "المحاولة {n} من {max}",
  cancel: "إلغاء",
  cancelAsk: "أُنجز {percent}. هل تريد الإلغاء رغم ذلك؟",
  cancelYes: "نعم، ألغِ المهمة",
  cancelNo: "متابعة العمل",
  retry: "إعادة المحاولة",
  retryNote: "لن يُحتسب ما أُنجز مرة أخرى.",
  notify: "أخبرني عند الانتهاء",
  notified: "ستصلك رسالة عند الانتهاء.",
  reconnecting: "جارٍ إعادة الاتصال…",
  polling: "لا يوجد اتصال مباشر. يجري التحقق كل بضع ثوانٍ.",
  denied: "سجّل الدخول لعرض هذه المهمة.",
  missing: "لا توجد مهمة كهذه، أو أنها ليست لك.",
  gone: "لم يعد هذا الرابط صالحًا.",
  refused: "رفض الخادم عرض هذه المهمة.",
  trouble: "لم يصل الطلب إلى الخادم. حاول مرة أخرى.",
  failedWhy: "توقفت المهمة قبل نهايتها دون ذكر سبب.",
  keptParts: {
    zero: "لم يُحفظ أي جزء.",
    one: "حُفظ جزء واحد مكتمل.",
    two: "حُفظ جزءان مكتملان.",
    few: "حُفظت {n} أجزاء مكتملة.",
    many: "حُفظ {n} جزءًا مكتملًا.",
    other: "حُفظ {n} جزء مكتمل.",
  },
  keptSteps: "ما أُنجز محفوظ.",
  keptNothing: "لم يُنجز شيء بعد.",
  charged: {
    zero: "لم يُحتسب أي رصيد.",
    one: "احتُسب رصيد واحد.",
    two: "احتُسب رصيدان.",
    few: "احتُسبت {n} أرصدة.",
    many: "احتُسب {n} رصيدًا.",
    other: "احتُسب {n} رصيد.",
  },
  chargedNothing: "لم يُحتسب أي رصيد.",
  partsFailed: {
    zero: "لم يفشل أي جزء.",
    one: "فشل جزء واحد، والباقي هنا.",
    two: "فشل جزءان، والباقي هنا.",
    few: "فشلت {n} أجزاء، والباقي هنا.",
    many: "فشل {n} جزءًا، والباقي هنا.",
    other: "فشل {n} جزء، والباقي هنا.",
  },
  quarter: "اكتمل {percent}",
};

/** The tables, for the test that compares them. */
export const WORDS = { en, ar };

/** @typedef {keyof typeof en} Key */

/** The texts of one language. */
export class Words {
  /** @param {string} lang   A BCP 47 tag; what is neither Arabic nor English reads as English. */
  constructor(lang) {
    /** @type {"en" | "ar"} */
    this.lang = /^ar\b/i.test(lang) ? "ar" : "en";
    this.rtl = this.lang === "ar";
    this.plural = new Intl.PluralRules(this.lang);
  }

  /**
   * @param {Key} key
   * @param {Record<string, string | number>} [args]   `n` chooses the plural form.
   * @returns {string}
   */
  say(key, args = {}) {
    const entry = WORDS[this.lang][key];
    const text = typeof entry === "string" ? entry : (entry[this.plural.select(Number(args.n))] ?? entry.other);
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(args[name] ?? whole));
  }
}
