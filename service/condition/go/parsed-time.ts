/** What has been read of a time so far; absent fields are undefined. */
export interface ParsedTime {
  year: number;
  month?: number;
  day?: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  half?: 'AM' | 'PM';
  utc: boolean;
  offset?: number;
  zoneName: string;
}
