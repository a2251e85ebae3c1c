/** Megabytes of a function at most: Lambda's quota "Function memory allocation". */
export const mostMemory = 10_240;
