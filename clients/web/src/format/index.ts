/** Numbers, money and shares by one rule for the whole page; dates and spans in the browser's language. */
export { formatMoney, formatNumber, formatPercent, formatShare, withUnit } from "./numbers";
export { formatAge, formatSpan, formatSpanInWords } from "./spans";
export { formatDate, formatDateTime, formatTime, millis } from "./times";
