"""Which state and which time zones a US or Canadian place may be in: area codes, states, ZIP and postal
codes, and the names of countries. Only data; a place that lies in two zones has both, so that both must
be open.

The facts are those of 49 CFR 71 (zone limits), NANPA's area codes and USPS's ZIP prefixes. Zones that have
kept the same time since 2007 share one name here: Detroit and Louisville are America/New_York.
"""

import re
from typing import Final

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
ARIZONA, ALASKA, ALEUTIAN, HAWAII = (
    "America/Phoenix",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
)
ATLANTIC, NEWFOUNDLAND, TORONTO, WINNIPEG = (
    "America/Halifax",
    "America/St_Johns",
    "America/Toronto",
    "America/Winnipeg",
)
SASKATCHEWAN, ALBERTA, VANCOUVER = "America/Regina", "America/Edmonton", "America/Vancouver"
PEACE_RIVER, ATIKOKAN, YUKON = "America/Dawson_Creek", "America/Atikokan", "America/Whitehorse"
NUNAVUT_CENTRAL, NUNAVUT_EASTERN = "America/Rankin_Inlet", "America/Iqaluit"
LOWER_NORTH_SHORE = "America/Blanc-Sablon"

# Area codes that span zones, each with its overlays: for these `phonenumbers` knows exchanges at best
# and else falls back on one zone, often the one that opens first.
_SPLIT: Final = {
    "208 986": (MOUNTAIN, PACIFIC),
    "219 270 364 423 574 606 812 930 850 448 906": (EASTERN, CENTRAL),
    "308 605 620 701 785": (CENTRAL, MOUNTAIN),
    "541 458 775": (PACIFIC, MOUNTAIN),
    "907": (ALASKA, ALEUTIAN),
    "928": (ARIZONA, MOUNTAIN),
    "236 250 257 672 778": (VANCOUVER, PEACE_RIVER, ALBERTA),
    "306 474 639": (SASKATCHEWAN, ALBERTA),
    "367 418 581": (TORONTO, ATLANTIC, LOWER_NORTH_SHORE),
    "709 879": (NEWFOUNDLAND, ATLANTIC),
    "807": (TORONTO, WINNIPEG, ATIKOKAN),
    "867": (YUKON, ALBERTA, NUNAVUT_CENTRAL, NUNAVUT_EASTERN, ATIKOKAN),
}
SPLIT_AREA_CODES: Final = {code: zones for codes, zones in _SPLIT.items() for code in codes.split()}

_STATES_BY_ZONES: Final = {
    (EASTERN,): "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    (CENTRAL,): "AL AR IA IL LA MN MO MS OK WI",
    (MOUNTAIN,): "CO MT NM UT WY",
    (PACIFIC,): "CA WA",
    (EASTERN, CENTRAL): "FL IN KY MI TN",
    (CENTRAL, MOUNTAIN): "KS ND NE SD TX",
    (MOUNTAIN, PACIFIC): "ID NV OR",
    (ARIZONA, MOUNTAIN): "AZ",
    (ALASKA, ALEUTIAN): "AK",
    (HAWAII,): "HI",
    ("America/Puerto_Rico",): "PR",
    ("America/St_Thomas",): "VI",
    ("Pacific/Guam",): "GU",
    ("Pacific/Saipan",): "MP",
    ("Pacific/Pago_Pago",): "AS",
    ("Pacific/Midway", "Pacific/Wake"): "UM",
    ("Pacific/Palau",): "PW",
    ("Pacific/Chuuk", "Pacific/Pohnpei", "Pacific/Kosrae"): "FM",
    ("Pacific/Majuro", "Pacific/Kwajalein"): "MH",
    (ALBERTA,): "AB",
    (VANCOUVER, PEACE_RIVER, ALBERTA): "BC",
    (WINNIPEG,): "MB",
    (ATLANTIC,): "NB NS PE",
    (NEWFOUNDLAND, ATLANTIC): "NL",
    (ALBERTA, NUNAVUT_CENTRAL, NUNAVUT_EASTERN, ATIKOKAN): "NU",
    (ALBERTA, YUKON): "NT",
    (TORONTO, WINNIPEG, ATIKOKAN): "ON",
    (TORONTO, ATLANTIC, LOWER_NORTH_SHORE): "QC",
    (SASKATCHEWAN, ALBERTA): "SK",
    (YUKON,): "YT",
}
STATE_ZONES: Final = {state: zones for zones, states in _STATES_BY_ZONES.items() for state in states.split()}

TERRITORIES: Final = frozenset({"PR", "VI", "GU", "MP", "AS", "UM", "PW", "FM", "MH"})  # countries to ISO
PROVINCES: Final = frozenset({"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"})
MILITARY: Final = frozenset({"AA", "AE", "AP"})  # mail to forces abroad: the place is unknown

_STATE_NAMES: Final = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|DC Washington DC|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana
IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota
MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico
NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|VI Virgin Islands|VI US Virgin Islands
VI United States Virgin Islands|GU Guam|MP Northern Mariana Islands
MP Commonwealth of the Northern Mariana Islands|AS American Samoa
UM US Minor Outlying Islands|PW Palau|FM Federated States of Micronesia|FM Micronesia
MH Marshall Islands|AE Armed Forces Europe|AP Armed Forces Pacific|AA Armed Forces Americas
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NL Newfoundland
NS Nova Scotia|NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|QC Québec
SK Saskatchewan|YT Yukon|YT Yukon Territory
"""
STATE_CODES: Final = {
    name.casefold(): code
    for code, _, name in (
        entry.partition(" ") for line in _STATE_NAMES.split("\n") for entry in line.split("|") if entry
    )
}

# Every area code of the US and Canada and the state or province it lies in; 782 and 902 are Prince Edward
# Island's too, 867 all three territories'.
_AREA_CODES: Final = """
AB 368 403 587 780 825|AK 907|AL 205 251 256 334 659 938|AR 327 479 501 870|AZ 480 520 602 623 928
BC 236 250 257 604 672 778
CA 209 213 279 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747
CA 760 805 818 820 831 840 858 909 916 925 949 951
CO 303 719 720 748 970 983|CT 475 860 959|DC 202 771|DE 302
FL 239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954
GA 229 404 470 478 678 706 762 770 912 943|HI 808|IA 319 515 563 641 712|ID 208 986
IL 217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872|IN 219 260 317 463 574 765 812 930
KS 316 620 785 913|KY 270 364 502 606 859|LA 225 318 337 504 985|MA 339 351 413 508 617 774 781 857 978
MB 204 431 584|MD 227 240 301 410 443 667|ME 207|MI 231 248 269 313 517 586 616 734 810 906 947 989
MN 218 320 507 612 651 763 952|MO 235 314 417 557 573 636 660 816 975|MS 228 601 662 769|MT 406|NB 428 506
NC 252 336 472 704 743 828 910 919 980 984|ND 701|NE 308 402 531|NH 603
NJ 201 551 609 640 732 848 856 862 908 973|NL 709 879|NM 505 575|NS 782 902|NT 867|NV 702 725 775
NY 212 315 329 332 347 363 516 518 585 607 631 646 680 716 838 845 914 917 929 934
OH 216 220 234 283 326 330 380 419 440 513 567 614 740 937|OK 405 539 572 580 918
ON 226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 942|OR 458 503 541 971
PA 215 223 267 272 412 445 484 570 582 610 717 724 814 835 878
QC 263 273 354 367 418 438 450 468 514 579 581 819 873|RI 401|SC 803 821 839 843 854 864|SD 605
SK 306 474 639|TN 423 615 629 731 865 901 931
TX 210 214 254 281 325 346 361 409 430 432 469 512 682 726 737 806 817 830 832 903 915 936 940 945 956 972
TX 979
UT 385 435 801|VA 276 434 540 571 686 703 757 804 826 948|VT 802|WA 206 253 360 425 509 564
WI 262 274 353 414 534 608 715 920|WV 304 681|WY 307
"""
AREA_CODE_STATES: Final = {
    code: state
    for state, *codes in (entry.split() for entry in _AREA_CODES.replace("\n", "|").split("|") if entry)
    for code in codes
}

# First ZIP of each run and the state it belongs to; "" where the run is not in use.
_ZIP_RUNS: Final = """
00000: 00501:NY 00545: 00600:PR 00800:VI 00900:PR 01000:MA 02800:RI 03000:NH 03900:ME 05000:VT 05500:MA
05600:VT 06000:CT 06390:NY 06391:CT 07000:NJ 09000:AE 10000:NY 15000:PA 19700:DE 20000:DC 20100:VA 20200:DC
20600:MD 22000:VA 24700:WV 26900: 27000:NC 29000:SC 30000:GA 32000:FL 34000:AA 34100:FL 35000:AL 37000:TN
38600:MS 39800:GA 40000:KY 42800: 43000:OH 46000:IN 48000:MI 50000:IA 52900: 53000:WI 55000:MN 56800:
56900:DC 57000:SD 57800: 58000:ND 58900: 59000:MT 60000:IL 63000:MO 65900: 66000:KS 68000:NE 69400: 70000:LA
71500: 71600:AR 73000:OK 73300:TX 73400:OK 75000:TX 80000:CO 81700: 82000:WY 83200:ID 83900: 84000:UT 84800:
85000:AZ 86600: 87000:NM 88500:TX 88600: 88900:NV 89900: 90000:CA 96200:AP 96700:HI 96799:AS 96800:HI 96900:
96910:GU 96933: 96939:PW 96941:FM 96945: 96950:MP 96953: 96960:MH 96971: 97000:OR 98000:WA 99500:AK
"""
ZIP_RUNS: Final = tuple(
    (int(first), state) for first, _, state in (run.partition(":") for run in _ZIP_RUNS.split())
)

# Three-digit ZIP prefixes, in states of two zones, that lie in one zone without doubt.
_ZIP3_BY_ZONE: Final = {
    EASTERN: """320 321 322 326 327 328 329 330 331 332 333 334 335 336 337 338 339 341 342 344 346 347 349
        400 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 417 418
        460 461 462 466 467 468 469 470 472 473 474 478
        480 481 482 483 484 485 486 487 488 489 490 491 492 493 494 495 496 497 374 376 379""",
    CENTRAL: """325 370 371 372 380 381 382 383 420 422 423 424 464 477
        570 571 572 573 574 580 581 582 583 584 660 661 662 664 665 666 667 668 669 670 671 672 673 674 675
        680 681 683 684 685 686 687 688 689 733 750 751 752 753 754 755 756 757 758 759 760 761 762 763 764
        765 766 767 768 769 770 772 773 774 775 776 777 778 779 780 781 782 783 784 785 786 787 788 789 790
        791 792 793 794 795 796 797""",
    MOUNTAIN: "577 693 799 832 833 834 836 837 885",
    PACIFIC: "838 889 890 891 893 894 895 897 970 971 972 973 974 975 976 977 978",
    ARIZONA: "850 852 853 855 856 857 863 864",
    ALASKA: "996 997 998 999",
}
ZIP3_ZONES: Final = {prefix: zone for zone, prefixes in _ZIP3_BY_ZONE.items() for prefix in prefixes.split()}

# The first letter of a Canadian postal code, where it tells more than the province does.
POSTAL_LETTER_ZONES: Final = {
    "A": STATE_ZONES["NL"],
    "B": (ATLANTIC,),
    "C": (ATLANTIC,),
    "E": (ATLANTIC,),
    "G": STATE_ZONES["QC"],
    **dict.fromkeys("HJKLMN", (TORONTO,)),
    "P": STATE_ZONES["ON"],
    "R": (WINNIPEG,),
    "S": STATE_ZONES["SK"],
    "T": (ALBERTA,),
    "V": STATE_ZONES["BC"],
    "X": tuple(dict.fromkeys(STATE_ZONES["NU"] + STATE_ZONES["NT"])),
    "Y": (YUKON,),
}

# Names that `phonenumbers` still uses, and those that the time zone database lists today.
CANONICAL_ZONES: Final = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Boise": MOUNTAIN,
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Fort_Nelson": PEACE_RIVER,
    "America/Godthab": "America/Nuuk",
    "America/North_Dakota/Center": CENTRAL,
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Choibalsan": "Asia/Ulaanbaatar",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}

_COUNTRY_NAMES: Final = """
US usa|united states|united states of america|u s a|u s|etats unis|etats unis d amerique
US vereinigte staaten|estados unidos|ee uu;CA can|canada|kanada
GB uk|gbr|united kingdom|great britain|england|scotland|wales|northern ireland|royaume uni
GB grossbritannien|vereinigtes konigreich|reino unido;IE irl|ireland|irlande|irland|irlanda
AU aus|australia|australie|australien;NZ nzl|new zealand|nouvelle zelande|neuseeland|nueva zelanda
FR fra|france|frankreich|francia;DE deu|ger|germany|allemagne|deutschland|alemania
AT aut|austria|autriche|osterreich;CH che|switzerland|suisse|schweiz|suiza
ES esp|spain|espagne|spanien|espana;IT ita|italy|italie|italien|italia;PT prt|portugal
NL nld|netherlands|the netherlands|holland|pays bas|niederlande|paises bajos|nederland
BE bel|belgium|belgique|belgien|belgica;LU lux|luxembourg|luxemburg;MX mex|mexico|mexique|mexiko
IN ind|india|inde|indien;PL pol|poland|pologne|polen|polonia|polska;SE swe|sweden|suede|schweden|suecia
NO nor|norway|norvege|norwegen|noruega;DK dnk|denmark|danemark|dinamarca;FI fin|finland|finlande|finnland
BR bra|brazil|bresil|brasilien|brasil;JP jpn|japan|japon;PR pri|puerto rico
"""
COUNTRY_CODES: Final = {
    name: line[:2] for line in re.split("[;\n]", _COUNTRY_NAMES.strip()) for name in line[3:].split("|")
}
