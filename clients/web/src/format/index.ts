/** Numbers, money and shares by one rule for the whole page; dates and spans in the browser's language. */
export { formatMoney, formatNumber, formatPercent, formatShare, withUnit } from "./numbers";
export { formatAge, formatSpan, formatSpanInWords, formatStep } from "./spans";
export { formatDate, formatDateTime, formatTime, formatUntil, millis } from "./times";
