export function errorCodesText(): string;
