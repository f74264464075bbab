/** Numbers, money, shares, dates and spans as people write them, in the browser's language. */
export { formatBytes, formatMoney, formatNumber, formatPercent } from "./numbers";
export { formatAge, formatClock, formatSpan, formatSpanInWords } from "./spans";
export { formatDate, formatDateTime, formatTime, millis, spanMs } from "./times";
