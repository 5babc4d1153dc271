"""The district's file: its checks in one piece, for the operator's command and for pages alike.

`check_district` takes the file's content and gives the schools, or every fault at once. It reads no
file, prints nothing, and asks no server.
"""

from sebaya_chassis.web.district_file.check import CheckedDistrict, check_district
from sebaya_chassis.web.district_file.fault import Fault

__all__ = ["CheckedDistrict", "Fault", "check_district"]
